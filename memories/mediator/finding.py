"""Verbs that find memories."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.actor import Actor
from memories.access import accessing
from memories.errors import Fault, InvalidError, NotFoundError
from memories.mediator import pages
from memories.mediator.seeing import visible
from memories.models import Annotation, Memory, reader_names
from memories.results import Related, Result, Results, Standing
from memories.schemas.search import RelatedRequest, SearchRequest, SuggestRequest
from memories.search import engine, suggesting
from memories.search import pages as rankings
from memories.search import related as relating
from memories.search.cards import is_disputed
from memories.search.lexical import Asker
from memories.search.matching import Readers
from memories.search.snippets import snippet
from memories.search.suggesting import Suggestion


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
        asker = asker_of(actor, now)
        try:
            found = engine.search(
                asker=asker,
                question=question,
                name=rankings.fingerprint(request, asker.id),
                limit=request.limit,
                cursor=request.cursor,
                facets=request.facets,
            )
        except rankings.BadCursorError as error:
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
            asker=asker_of(actor, now), begun=request.q, limit=request.limit
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
        memory = visible(actor, now).filter(pk=memory_id).first()
        if memory is None:
            raise NotFoundError
        found = relating.related(
            asker=asker_of(actor, now), memory=memory, limit=request.limit
        )
        access.memory_ids = [memory_id, *(other.pk for other, _ in found)]
        access.returned = len(found)
        return [Related(*each) for each in found]


def standings(
    *, actor: Actor, memories: Collection[Memory], now: datetime
) -> Mapping[UUID, Standing]:
    """Say of memories that the actor has just been given whether they still hold."""
    ids = [memory.pk for memory in memories]
    newer = engine.replacements(asker=asker_of(actor, now), ids=ids)
    remarks: dict[UUID, list[str]] = {}
    said = Annotation.objects.filter(memory__in=ids).order_by("pk")
    for memory_id, kind in said.values_list("memory_id", "kind"):
        remarks.setdefault(memory_id, []).append(kind)
    return {
        memory.pk: Standing(
            is_disputed=is_disputed(remarks.get(memory.pk, ())),
            is_superseded=memory.pk in newer or memory.read_content().is_superseded(),
            superseded_by=newer.get(memory.pk),
        )
        for memory in memories
    }


def asker_of(actor: Actor, now: datetime) -> Asker:
    """Return whose search it is: the actor, as the search knows one."""
    reader = actor.reader
    return Asker(
        id=reader.pk if reader else None,
        readers=Readers(reader_names(reader) if reader else None),
        now=now,
        see=lambda: visible(actor, now),
        read=lambda ids: pages.read(actor=actor, ids=ids, now=now),
        neighbours=lambda ids, around: pages.neighbours(
            actor=actor, ids=ids, around=around, now=now
        ),
    )


def _words_of(memory: Memory) -> str:
    return memory.read_content().search_text()
