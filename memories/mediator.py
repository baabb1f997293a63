"""The hub's verbs: every way in calls one of these, and nothing else.

Each verb says who acts and what time it is, does its work in one PostgreSQL
transaction with its audit record and its journal entries, and either does all of it or
raises one of `memories.errors` (or `audit.trail.UnavailableError`) and does nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from accounts.actor import Actor
from journal import log
from journal.models import Entry
from memories import annotating, cache, drafting, journaling, retention, sharing
from memories.access import accessing
from memories.annotating import Annotations
from memories.errors import (
    ConflictError,
    Fault,
    ForbiddenError,
    HeldError,
    HubError,
    InvalidError,
    NotFoundError,
)
from memories.models import Annotation, Memory, proxy_of, reader_names
from memories.permissions import Deed
from memories.querysets import MemoryQuerySet
from memories.removing import remove
from memories.results import Overview, Related, Result, Results, Retrieved
from memories.schemas.annotating import FIRST_PAGE, AnnotationsRequest, Note
from memories.schemas.draft import Amendment, Draft
from memories.schemas.search import RelatedRequest, SearchRequest, SuggestRequest
from memories.schemas.sharing import Can
from memories.search import engine, pages, suggesting, vectors
from memories.search import related as relating
from memories.search.lexical import Asker
from memories.search.matching import Readers
from memories.search.snippets import snippet
from memories.search.suggesting import Suggestion
from memories.sharing import Share, Shared
from memories.storing import Stored, store_all


def store(*, actor: Actor, draft: Draft, now: datetime) -> Stored:
    """Store one memory, or bring the one with its source and external id up to it.

    Raises:
        InvalidError: the draft does not fit its schema.
        ForbiddenError, NotFoundError: it is not the actor's to store or to change.
    """
    with accessing(actor=actor, action="store", now=now) as access:
        (outcome,) = store_all(actor=actor, drafts=[draft], now=now)
        if isinstance(outcome, HubError):
            raise outcome
        access.memory_ids, access.returned = [outcome.memory.pk], 1
        return outcome


def store_many(
    *, actor: Actor, drafts: Sequence[Draft | InvalidError], now: datetime
) -> Sequence[Stored | HubError]:
    """Store many; one outcome each, in order.

    A draft that could not be read takes its place as the error that it is.
    """
    with accessing(actor=actor, action="store_batch", now=now) as access:
        readable = [draft for draft in drafts if isinstance(draft, Draft)]
        stored = iter(store_all(actor=actor, drafts=readable, now=now))
        outcomes = [
            next(stored) if isinstance(draft, Draft) else draft for draft in drafts
        ]
        done = [each.memory.pk for each in outcomes if isinstance(each, Stored)]
        access.memory_ids, access.returned = done, len(done)
        return outcomes


def retrieve(*, actor: Actor, ids: Sequence[UUID], now: datetime) -> Retrieved:
    """Return memories by id; what is missing and what is hidden are one."""
    with accessing(actor=actor, action="retrieve", now=now) as access:
        found = {memory.pk: memory for memory in _read(actor, now, pk__in=ids)}
        access.memory_ids, access.returned = list(found), len(found)
        asked = list(dict.fromkeys(ids))
        return Retrieved(
            [found[each] for each in asked if each in found],
            [each for each in asked if each not in found],
        )


def retrieve_one(*, actor: Actor, memory_id: UUID, now: datetime) -> Memory:
    """Return one memory.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    return _retrieve_only(actor, now, memory_ids=[memory_id], pk=memory_id)


def retrieve_external(
    *, actor: Actor, source: str, external_id: str, now: datetime
) -> Memory:
    """Return the memory that a source knows by an id of its own.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    return _retrieve_only(actor, now, source=source, external_id=external_id)


def search(*, actor: Actor, request: SearchRequest, now: datetime) -> Results:
    """Find memories by words, meaning and filters, a page at a time.

    Raises:
        InvalidError: the cursor belongs to another search.
    """
    me = actor.reader.email if actor.reader else None
    question = engine.ask(request, now=now, me=me)
    with accessing(
        actor=actor, action="search", now=now, query=request.model_dump_json()
    ) as access:
        asker = _asker(actor, now)
        try:
            found = engine.search(
                asker=asker,
                question=question,
                name=pages.fingerprint(request, asker.id),
                limit=request.limit,
                cursor=request.cursor,
                facets=request.facets,
            )
        except pages.BadCursorError as error:
            raise InvalidError([Fault("/cursor", str(error))]) from None
        access.memory_ids = [memory.pk for _, memory in found.results]
        access.returned = len(found.results)
        results = [
            Result(memory, ranked, snippet(_words_of(memory), found.query))
            for ranked, memory in found.results
        ]
        return Results(results, found)


def suggest(
    *, actor: Actor, request: SuggestRequest, now: datetime
) -> Sequence[Suggestion]:
    """Return how the word that somebody is typing may go on."""
    with accessing(actor=actor, action="suggest", now=now, query=request.q) as access:
        found = suggesting.suggest(
            asker=_asker(actor, now), begun=request.q, limit=request.limit
        )
        access.returned = len(found)
        return found


def related(
    *, actor: Actor, memory_id: UUID, request: RelatedRequest, now: datetime
) -> Sequence[Related]:
    """Find what is like a memory, among what the actor may see.

    Raises:
        NotFoundError: there is no such memory, or the actor may not see it.
    """
    with accessing(
        actor=actor, action="related", now=now, memory_ids=[memory_id]
    ) as access:
        memory = _visible(actor, now).filter(pk=memory_id).first()
        if memory is None:
            raise NotFoundError
        found = relating.related(
            asker=_asker(actor, now), memory=memory, limit=request.limit
        )
        access.memory_ids = [memory_id, *(other.pk for other, _ in found)]
        access.returned = len(found)
        return [Related(*each) for each in found]


def amend(
    *,
    actor: Actor,
    memory_id: UUID,
    amendment: Amendment,
    expected_version: int,
    now: datetime,
) -> Memory:
    """Change one memory, if it is still at the version that the actor has seen.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to change.
        ConflictError: it is at another version by now.
        InvalidError: the change does not fit its schema.
    """
    with accessing(
        actor=actor, action="amend", now=now, memory_ids=[memory_id]
    ) as access:
        memory = _locked(actor, memory_id, Deed.CHANGE, now)
        if memory.version != expected_version:
            raise ConflictError(current_version=memory.version)
        key_of_old = [Memory(pk=memory.pk, version=memory.version)]
        if drafting.revise(
            actor=actor,
            memory=memory,
            named=amendment,
            owners=drafting.known_owners([amendment.owner]),
            policies=retention.policies(),
            may_delete=_permitted(actor, Deed.DELETE, memory_id),
            now=now,
        ):
            memory.save(update_fields=drafting.REVISABLE)
            journaling.append([journaling.put(memory, actor=actor)], now=now)
            vectors.forget([memory.pk])
            transaction.on_commit(lambda: cache.drop(key_of_old))
        access.returned = 1
        return _read_again(memory)


def forget(*, actor: Actor, memory_id: UUID, now: datetime) -> None:
    """Delete one memory, here and wherever the journal leads.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to delete.
        HeldError: a legal hold keeps it.
    """
    with accessing(actor=actor, action="forget", now=now, memory_ids=[memory_id]):
        memory = _locked(actor, memory_id, Deed.DELETE, now)
        if memory.legal_hold:
            raise HeldError
        remove([memory], actor=actor, now=now)


def expire(*, actor: Actor, now: datetime, limit: int) -> int:
    """Remove up to `limit` memories whose time is over; returns how many there were.

    Where there are none nothing has happened, and nothing is recorded.
    """
    if not Memory.objects.expired(now).exists():
        return 0
    with accessing(actor=actor, action="expire", now=now) as access:
        over = Memory.objects.expired(now).order_by("expires_at")
        batch = list(over.select_for_update(skip_locked=True)[:limit])
        remove(batch, actor=actor, now=now)
        access.memory_ids = [memory.pk for memory in batch]
        return len(batch)


def history(*, actor: Actor, memory_id: UUID, now: datetime) -> Sequence[Entry]:
    """Return every version of a memory, the newest first.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    with accessing(
        actor=actor, action="history", now=now, memory_ids=[memory_id]
    ) as access:
        if not _visible(actor, now).filter(pk=memory_id).exists():
            raise NotFoundError
        entries = log.versions(topic=journaling.TOPIC, key=memory_id)
        access.returned = len(entries)
        return entries


def share(
    *,
    actor: Actor,
    memory_id: UUID,
    with_user: str | None = None,
    with_group: str | None = None,
    can: Can,
    now: datetime,
) -> Shared:
    """Share one memory with a person, by address, or a group, by name.

    It replaces what was shared with them before. The version stays; where the share
    is as it was, nothing happens.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to share.
        InvalidError: it cannot be shared with them, and why.
    """
    with accessing(
        actor=actor, action="share", now=now, memory_ids=[memory_id]
    ) as access:
        memory = _locked(actor, memory_id, Deed.SHARE, now)
        shared = sharing.grant(
            memory, with_user=with_user, with_group=with_group, can=can
        )
        if shared.is_changed:
            journaling.append_again(memory, actor=actor, now=now)
        access.returned = 1
        return shared


def unshare(
    *,
    actor: Actor,
    memory_id: UUID,
    with_user: str | None = None,
    with_group: str | None = None,
    can: Can | None = None,
    now: datetime,
) -> None:
    """Take a share back, at once; with `can`, only one of that kind.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to share; or it
            is not shared so.
        InvalidError: neither a person nor a group is named, or both.
    """
    with accessing(actor=actor, action="unshare", now=now, memory_ids=[memory_id]):
        memory = _locked(actor, memory_id, Deed.SHARE, now)
        sharing.revoke(memory, with_user=with_user, with_group=with_group, can=can)
        journaling.append_again(memory, actor=actor, now=now)


def shares(*, actor: Actor, memory_id: UUID, now: datetime) -> Sequence[Share]:
    """Return with whom a memory is shared, to who may share it.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to share.
    """
    with accessing(
        actor=actor, action="shares", now=now, memory_ids=[memory_id]
    ) as access:
        memory = _seen(actor, memory_id, now)
        if not _permitted(actor, Deed.SHARE, memory_id):
            msg = (
                f"As {actor.role_name} you may see this memory, but not with whom it "
                f"is shared: only who may share it may."
            )
            raise ForbiddenError(msg)
        found = sharing.shares_of(memory)
        access.returned = len(found)
        return found


def annotate(*, actor: Actor, memory_id: UUID, note: Note, now: datetime) -> Annotation:
    """Remark something on one memory; its version stays.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to annotate.
    """
    with accessing(
        actor=actor, action="annotate", now=now, memory_ids=[memory_id]
    ) as access:
        memory = _locked(actor, memory_id, Deed.ANNOTATE, now)
        annotation = annotating.add(memory, note, actor=actor, now=now)
        remark = annotating.plain(annotation)
        journaling.append_again(memory, actor=actor, now=now, remark=remark)
        access.returned = 1
        return annotation


def annotations(
    *,
    actor: Actor,
    memory_id: UUID,
    request: AnnotationsRequest = FIRST_PAGE,
    now: datetime,
) -> Annotations:
    """Return what was remarked on a memory, the newest last, a page at a time.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    with accessing(
        actor=actor, action="annotations", now=now, memory_ids=[memory_id]
    ) as access:
        page = annotating.page(_seen(actor, memory_id, now), request)
        access.returned = len(page.annotations)
        return page


def overview(*, actor: Actor, now: datetime) -> Overview:
    """Count what the actor may see, with the newest insights and decisions."""
    with accessing(actor=actor, action="overview", now=now) as access:
        visible = _visible(actor, now).order_by()
        week = timedelta(days=7)
        newest = visible.select_related("owner").newest_first()
        insights = list(newest.of_type("insight")[:6])
        decisions = list(newest.of_type("decision")[:6])
        by_type = _counted(visible, "type")
        access.memory_ids = [memory.pk for memory in (*insights, *decisions)]
        access.returned = len(access.memory_ids)
        return Overview(
            total=sum(by_type.values()),
            by_type=by_type,
            by_source=_counted(visible, "source"),
            stored_last_7_days=visible.filter(created_at__gte=now - week).count(),
            expiring_next_7_days=visible.filter(
                expires_at__lt=now + week, legal_hold=False
            ).count(),
            newest_insights=insights,
            newest_decisions=decisions,
        )


def browse(
    *, actor: Actor, type_: str, now: datetime, text: str = ""
) -> MemoryQuerySet:
    """Return what the actor may see of a type, for a list that narrows and pages it.

    With text it holds the best hits, the best first. The list says what it showed by
    `browsed`, before it shows it.
    """
    visible = proxy_of(type_).objects.visible_to(actor).live(now)
    if text.strip():
        request = SearchRequest(query=text, types=[type_])
        me = actor.reader.email if actor.reader else None
        question = engine.ask(request, now=now, me=me)
        asker = replace(_asker(actor, now), visible=visible)
        visible = engine.best(asker=asker, question=question)
    return visible.select_related("owner")


def browsed(
    *, actor: Actor, memories: Sequence[Memory], text: str, now: datetime
) -> None:
    """Record that the actor was shown a list of memories."""
    with accessing(actor=actor, action="browse", now=now, query=text) as access:
        access.memory_ids = [memory.pk for memory in memories]
        access.returned = len(memories)


def may(*, actor: Actor, deed: Deed, memory_id: UUID, now: datetime) -> bool:
    """Say whether the actor may do something with a memory that it can see."""
    allowed = _visible(actor, now).permitted(actor, deed)
    return allowed.filter(pk=memory_id).exists()


def _visible(actor: Actor, now: datetime) -> MemoryQuerySet:
    return Memory.objects.visible_to(actor).live(now)


def _read(actor: Actor, now: datetime, **which: object) -> list[Memory]:
    found = _visible(actor, now).filter(**which)
    return cache.read(found.select_related("owner").with_counts())


def _retrieve_only(
    actor: Actor, now: datetime, memory_ids: Sequence[UUID] = (), **which: object
) -> Memory:
    with accessing(
        actor=actor, action="retrieve", now=now, memory_ids=memory_ids
    ) as access:
        found = _read(actor, now, **which)
        if not found:
            raise NotFoundError
        access.memory_ids, access.returned = [found[0].pk], 1
        return found[0]


def _seen(actor: Actor, memory_id: UUID, now: datetime) -> Memory:
    """Return a memory that the actor may see, without what it says."""
    memory = _visible(actor, now).only("pk").filter(pk=memory_id).first()
    if memory is None:
        raise NotFoundError
    return memory


def _locked(actor: Actor, memory_id: UUID, deed: Deed, now: datetime) -> Memory:
    """Lock a memory that the actor may do a deed with."""
    memory = (
        _visible(actor, now)
        .select_related("owner")
        .select_for_update(of=("self",))
        .filter(pk=memory_id)
        .first()
    )
    if memory is None:
        raise NotFoundError
    if not _permitted(actor, deed, memory_id):
        what = deed.name.lower()
        msg = f"As {actor.role_name} you may see this memory, but not {what} it."
        raise ForbiddenError(msg)
    return memory


def _permitted(actor: Actor, deed: Deed, memory_id: UUID) -> bool:
    return Memory.objects.permitted(actor, deed).filter(pk=memory_id).exists()


def _read_again(memory: Memory) -> Memory:
    return Memory.objects.select_related("owner").with_counts().get(pk=memory.pk)


def _asker(actor: Actor, now: datetime) -> Asker:
    reader, visible = actor.reader, _visible(actor, now)
    return Asker(
        id=reader.pk if reader else None,
        visible=visible,
        readers=Readers(reader_names(reader) if reader else None),
        now=now,
        read=lambda ids: _read_whole(visible, ids),
    )


def _read_whole(visible: MemoryQuerySet, ids: Sequence[UUID]) -> dict[UUID, Memory]:
    """Read some memories in one query: for a page, the cache would make it three."""
    found = visible.with_ids(ids).select_related("owner").with_counts()
    return {memory.pk: memory for memory in found}


def _words_of(memory: Memory) -> str:
    return memory.read_content().search_text()


def _counted(memories: MemoryQuerySet, field: str) -> dict[str, int]:
    counts = memories.values_list(field).annotate(Count("pk")).order_by(field)
    return dict(counts)
