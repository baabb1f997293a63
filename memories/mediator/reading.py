"""Verbs that read memories one by one or as a list."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count

from accounts.actor import Actor
from journal import log
from journal.models import Entry
from memories import cache, journaling
from memories.access import accessing
from memories.errors import NotFoundError
from memories.mediator.finding import asker_of
from memories.mediator.seeing import visible
from memories.models import Memory, proxy_of
from memories.permissions import Deed
from memories.querysets import MemoryQuerySet
from memories.results import Overview, Retrieved
from memories.schemas.search import SearchRequest
from memories.search import engine


def retrieve(*, actor: Actor, ids: Sequence[UUID], now: datetime) -> Retrieved:
    """Return memories by id; what is missing and what is hidden are one.

    The record names all that were asked for, and is one of a refusal where none was
    found.
    """
    asked = list(dict.fromkeys(ids))
    with accessing(actor=actor, action="retrieve", now=now, memory_ids=asked) as access:
        found = {memory.pk: memory for memory in _read(actor, now, pk__in=asked)}
        missing = [each for each in asked if each not in found]
        access.returned = len(found)
        if missing and not found:
            access.refusal = NotFoundError.reason
        elif missing:
            access.about = f"{NotFoundError.reason}: {len(missing)} of {len(asked)}"
        return Retrieved([found[each] for each in asked if each in found], missing)


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
    asked = json.dumps({"source": source, "external_id": external_id})
    return _retrieve_only(
        actor, now, query=asked, source=source, external_id=external_id
    )


def history(*, actor: Actor, memory_id: UUID, now: datetime) -> Sequence[Entry]:
    """Return every version of a memory, the newest first.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    with accessing(
        actor=actor, action="history", now=now, memory_ids=[memory_id]
    ) as access:
        if not visible(actor, now).filter(pk=memory_id).exists():
            raise NotFoundError
        entries = log.versions(topic=journaling.TOPIC, key=memory_id)
        access.returned = len(entries)
        return entries


def overview(*, actor: Actor, now: datetime) -> Overview:
    """Count what the actor may see, with the newest insights and decisions."""
    with accessing(actor=actor, action="overview", now=now) as access:
        readable = visible(actor, now).order_by()
        week = timedelta(days=7)
        newest = readable.select_related("owner").newest_first()
        insights = list(newest.of_type("insight")[:6])
        decisions = list(newest.of_type("decision")[:6])
        by_type = _counted(readable, "type")
        access.memory_ids = [memory.pk for memory in (*insights, *decisions)]
        access.returned = len(access.memory_ids)
        return Overview(
            total=sum(by_type.values()),
            by_type=by_type,
            by_source=_counted(readable, "source"),
            stored_last_7_days=readable.filter(created_at__gte=now - week).count(),
            expiring_next_7_days=readable.filter(
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
    readable = proxy_of(type_).objects.visible_to(actor).live(now)
    if text.strip():
        request = SearchRequest(query=text, types=[type_])
        me = actor.reader.email if actor.reader else None
        question = engine.ask(request, now=now, me=me)
        asker = replace(asker_of(actor, now), see=lambda: readable)
        readable = engine.best(asker=asker, question=question)
    return readable.select_related("owner")


def browsed(
    *, actor: Actor, memories: Sequence[Memory], text: str, now: datetime
) -> None:
    """Record that the actor was shown a list of memories."""
    with accessing(actor=actor, action="browse", now=now, query=text) as access:
        access.memory_ids = [memory.pk for memory in memories]
        access.returned = len(memories)


def may(*, actor: Actor, deed: Deed, memory_id: UUID, now: datetime) -> bool:
    """Say whether the actor may do something with a memory that it can see."""
    allowed = visible(actor, now).permitted(actor, deed)
    return allowed.filter(pk=memory_id).exists()


def _read(actor: Actor, now: datetime, **which: object) -> list[Memory]:
    found = visible(actor, now).filter(**which)
    return cache.read(found.select_related("owner").with_counts())


def _retrieve_only(
    actor: Actor,
    now: datetime,
    memory_ids: Sequence[UUID] = (),
    query: str = "",
    **which: object,
) -> Memory:
    with accessing(
        actor=actor, action="retrieve", now=now, memory_ids=memory_ids, query=query
    ) as access:
        found = _read(actor, now, **which)
        if not found:
            raise NotFoundError
        access.memory_ids, access.returned = [found[0].pk], 1
        return found[0]


def _counted(memories: MemoryQuerySet, field: str) -> dict[str, int]:
    counts = memories.values_list(field).annotate(Count("pk")).order_by(field)
    return dict(counts)
