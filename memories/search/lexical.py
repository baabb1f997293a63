"""The lexical arm: this node's index and what it has not seen, or PostgreSQL."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, wraps
from typing import Protocol
from uuid import UUID

from django.conf import settings

from journal import log
from memories.journaling import TOPIC
from memories.models import Memory
from memories.querysets import MemoryQuerySet
from memories.search import matching, postgres, spelling, tail
from memories.search.matching import Readers
from memories.search.query import Clause, Field, Query
from memories.search.ranking import Arm, Candidate
from memories.search.shelf import Shelf, damage, tells_of_damage
from memories.search.snapshot import (
    Counts,
    Hit,
    Hits,
    Replacement,
    Snapshot,
    in_time_order,
)
from memories.search.tail import LONGEST, Tail, Unseen, Waiting

REBUILDING = (
    "The search index of this node is being built, so PostgreSQL answered: by words "
    "alone, without facets and suggestions."
)
BEHIND = (
    "The search index has much to catch up with, so PostgreSQL answered: by words "
    "alone, without facets and suggestions."
)

MOST_WORDS = 20_000
"""How many known words are compared with one that is unknown."""
MOST_VISIBLE = 20_000
"""Up to how many memories PostgreSQL lists before it looks for words in them."""
GOOD = 0.8
"""Which share of what a query tells a hit must score to count as wholly fitting."""

type After = tuple[datetime, UUID] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whose search this is: what the actor may see, and how the index knows it."""

    id: int | None
    readers: Readers
    now: datetime
    see: Callable[[], MemoryQuerySet]
    """Compose what PostgreSQL lets the actor see, which not every search asks for."""
    read: Callable[[Sequence[UUID]], Mapping[UUID, Memory]]
    """Read memories by id, as PostgreSQL lets the actor see them."""
    neighbours: Callable[[Sequence[UUID], int], Mapping[UUID, Sequence[UUID]]]
    """Find what the actor may see around some memories, so many on each side."""

    @property
    def visible(self) -> MemoryQuerySet:
        """What PostgreSQL lets the actor see."""
        return self.see()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was found, and how many there are in all."""

    found: Sequence[Candidate]
    total: int


class Lexical(Protocol):
    """What finds memories by their words."""

    @property
    def note(self) -> str:
        """What the reader of an answer should know of how it came about."""

    def corrected(self, query: Query) -> tuple[Query, Mapping[str, str]]:
        """Return a query with its unknown words put right, and which they were."""

    def telling(self, stem: str) -> float:
        """Return how much a word tells."""

    def best(self, query: Query, *, limit: int) -> Candidates:
        """Return the best matches, the best first."""

    def in_time_order(self, query: Query, *, after: After, limit: int) -> Hits:
        """Return the next matches by time and id."""

    def besides(self, query: Query, ids: Sequence[UUID]) -> list[UUID]:
        """Return which of some memories the query's words do not find."""

    def among(self, query: Query, ids: Sequence[UUID]) -> list[Candidate]:
        """Return those of some memories that fit all of a query but its words."""

    def replacements_of(self, ids: Collection[UUID]) -> Mapping[UUID, UUID]:
        """Return which memory takes the place of which of some, the newest of all."""


@cache
def shelf() -> Shelf:
    """Return this node's shelf of indexes, one a process."""
    return Shelf(settings.SEARCH_INDEX_DIR)


@cache
def tail_of_journal() -> Tail:
    """Return what this process knows of the journal's end."""
    return Tail()


def outliving_damage[**P, R](ask: Callable[P, R]) -> Callable[P, R]:
    """Ask again, and without the index, where its files turn out to be damaged."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return ask(*args, **kwargs)
        except BaseException as error:
            index = shelf().opened
            if index is None or not tells_of_damage(error):
                raise
            if not (fault := damage(index)):
                raise
            shelf().condemn(index, fault)
            return ask(*args, **kwargs)

    return asked


def arm(asker: Asker) -> "ByIndex | ByPostgres":
    """Return what is to be asked: the index where it can be trusted."""
    index = shelf().current()
    # The place is read before the index: what is indexed meanwhile is found twice,
    # and never not at all.
    place = index.place() if index else None
    if index is None or place is None:
        return ByPostgres(asker, REBUILDING)
    glance = log.glance(
        topic=TOPIC,
        after=place.position,
        limit=LONGEST + 1,
        beside=(_sql_of_expired(), [asker.now]),
    )
    if glance.journal != place.journal:
        return ByPostgres(asker, REBUILDING)
    try:
        snapshot = index.snapshot()
    except (OSError, ValueError) as error:
        if shelf().current() is not index:
            # Another has taken its place, and its files are gone.
            return arm(asker)
        shelf().condemn(index, str(error))
        return ByPostgres(asker, REBUILDING)
    expired = set(glance.beside)
    unseen = tail_of_journal().unseen(
        index, glance.marks, place.position, expired=expired
    )
    if unseen is None:
        return ByPostgres(asker, BEHIND)
    unseen = unseen.seen_by(asker.readers).but_not(expired)
    without = unseen.ids | expired
    return ByIndex(asker, snapshot.seen_by(asker.readers, without=without), unseen)


@cache
def _sql_of_expired() -> str:
    """Ask for what PostgreSQL still has and the index must not show.

    Django takes longer to say this than PostgreSQL to answer it, so it says it once.
    """
    over = Memory.objects.expired(datetime.now(UTC)).values_list("pk")
    sql, _ = over[: LONGEST + 1].query.sql_with_params()
    return sql


class ByIndex:
    """The index, and what it has not seen yet."""

    note = ""

    def __init__(self, asker: Asker, snapshot: Snapshot, unseen: Unseen) -> None:
        self.snapshot, self.unseen = snapshot, unseen
        self.fresh = cache(self._fresh)
        self.asker, self.readers, self.now = asker, asker.readers, asker.now

    def corrected(self, query: Query) -> tuple[Query, Mapping[str, str]]:
        """Return a query with its unknown words put right, and which they were."""
        return spelling.corrected(query, knows=self.knows, terms=self.words)

    def words(self, start: str, *, limit: int = MOST_WORDS) -> list[tuple[str, int]]:
        """Return the words that begin so, roughly counted."""
        fresh = Counter(
            word
            for one in self._readable()
            for word in one.written
            if word.startswith(start)
        )
        return [*self.snapshot.terms("words", start, limit=limit), *fresh.items()]

    def knows(self, clause: Clause) -> bool:
        """Say whether anything that the asker may read has a clause."""
        return self.snapshot.knows(clause) or self.unseen.knows(
            clause, readers=self.readers, now=self.now
        )

    def best(self, query: Query, *, limit: int) -> Candidates:
        """Return the best matches, the best first.

        Where even the best has little of what the query tells, all stand lower. The
        index has not weighed a fresh memory's words: it stands by the share it has.
        """
        hits = self.snapshot.best(query, limit=limit)
        best = max((hit.score for hit in hits.first), default=0.0)
        top = max(best, GOOD * self.snapshot.told_by(query)) or 1.0
        indexed = [
            _candidate(hit, Arm("lexical", rank, hit.score), lexical=hit.score / top)
            for rank, hit in enumerate(hits.first, 1)
        ]
        fresh = self.fresh(query)
        waiting = [
            _candidate(one.hit, Arm("tail", rank, one.coverage), lexical=one.coverage)
            for rank, one in enumerate(fresh, 1)
        ]
        found = sorted([*waiting, *indexed], key=lambda one: -one.lexical)
        return Candidates(found, hits.total + len(fresh))

    def in_time_order(self, query: Query, *, after: After, limit: int) -> Hits:
        """Return the next matches by time and id."""
        hits = self.snapshot.in_time_order(query, after=after, limit=limit)
        fresh = [one.hit for one in self.fresh(query)]
        both = in_time_order(
            [*hits.first, *fresh], after=after, newest_first=query.sort != "oldest"
        )
        return Hits(both[:limit], hits.total + len(fresh))

    def _fresh(self, query: Query) -> list[tail.Found]:
        """Return what fits of that which the index has not seen."""
        return self.unseen.find(
            query, readers=self.readers, rarity=self.snapshot, now=self.now
        )

    def besides(self, query: Query, ids: Sequence[UUID]) -> list[UUID]:
        """Return which of some memories the query's words do not find."""
        if not ids:
            return []
        whole = matching.all_of(self.snapshot.fitting(query), matching.among(ids))
        found = {hit.id for hit in self.snapshot.some(whole, limit=len(ids))}
        found |= {one.hit.id for one in self.fresh(query)}
        return [one for one in ids if one not in found]

    def among(self, query: Query, ids: Sequence[UUID]) -> list[Candidate]:
        """Return those of some memories that fit all of a query but its words."""
        hits = {hit.id: hit for hit in self.fitting_filters(query, ids)}
        return [_candidate(hits[one]) for one in ids if one in hits]

    def replacements_of(self, ids: Collection[UUID]) -> Mapping[UUID, UUID]:
        """Return which memory takes the place of which of some, the newest of all."""
        fresh = [
            Replacement(older, one.card.occurred_at, one.card.id)
            for one in self._readable()
            if (older := one.card.replaces) and older in ids
        ]
        found = sorted([*self.snapshot.replacing(ids), *fresh])
        if not found:
            return {}
        newer = self.asker.visible.with_ids(one.newer for one in found)
        seen = set(newer.values_list("pk", flat=True))
        return {one.older: one.newer for one in found if one.newer in seen}

    def fitting_filters(self, query: Query, ids: Collection[UUID]) -> list[Hit]:
        """Return those of some memories that fit all of a query but its words."""
        if not ids:
            return []
        indexed = matching.allowed_of(ids, query, self.readers)
        fresh = [one.hit(0.0) for one in self.unseen_fitting(query)]
        return [
            *self.snapshot.some(indexed, limit=len(ids)),
            *(hit for hit in fresh if hit.id in ids),
        ]

    def unseen_fitting(self, query: Query) -> Iterator[Waiting]:
        """Go through what the index has not seen that fits all but the words."""
        return (one for one in self._readable() if one.fits(query))

    def facets(
        self, query: Query, *, besides: Collection[UUID], by_meaning: bool
    ) -> Counts:
        """Count what fits, and what was found besides, by each facet's values.

        By meaning alone nothing fits but what was found.
        """
        readable = matching.allowed(Query(), self.readers)
        beside = matching.all_of(matching.among(besides), readable)
        whole = beside if by_meaning else self.snapshot.fitting(query)
        if besides and not by_meaning:
            whole = matching.any_of([whole, beside])
        counts = self.snapshot.facets(whole)
        fitting = set(besides)
        if not by_meaning:
            fitting |= {one.hit.id for one in self.fresh(query)}
        waiting = (one for one in self._readable() if one.card.id in fitting)
        for name, values in tail.facets(waiting).items():
            counts[name] += values
        return counts

    def telling(self, stem: str) -> float:
        """Return how much a word tells: the rarer, the more."""
        return self.snapshot.of(stem)

    def filed_under(
        self, *, customer: str | None, tags: Sequence[str], thread: str, limit: int
    ) -> list[Hit]:
        """Return what has a customer, tags or a conversation in common, most first."""
        fresh = [
            one.hit(0.0)
            for one in self._readable()
            if one.is_filed_under(customer=customer, tags=tags, thread=thread)
        ]
        indexed = self.snapshot.filed_under(
            customer=customer, tags=tags, thread=thread, limit=limit
        )
        return [*fresh, *indexed]

    def values(self, field: Field, start: str) -> Counter[str]:
        """Count what the asker may see by the values of a field that begin so."""
        counts = self.snapshot.values(field, start)
        for one in self._readable():
            counts.update(
                value for value in one.values[field] if value.lower().startswith(start)
            )
        return counts

    def terms(self, start: str, *, limit: int) -> Iterator[tuple[str, int]]:
        """Return words that begin so, and how many the asker may see that have each."""
        for term in dict.fromkeys(word for word, _ in self.words(start, limit=limit)):
            waiting = sum(term in one.written for one in self._readable())
            yield term, self.snapshot.count_of_word(term) + waiting

    def _readable(self) -> Iterator[Waiting]:
        return (
            one
            for one in self.unseen.waiting
            if one.may_be_read(self.readers, self.now)
        )


class ByPostgres:
    """PostgreSQL itself."""

    def __init__(self, asker: Asker, note: str) -> None:
        self.visible, self.note = asker.visible, note
        if asker.readers.names is not None:
            # Their few memories are found first; else words are looked for in all.
            ids = self.visible.values_list("pk", flat=True)[:MOST_VISIBLE]
            if len(ids) < MOST_VISIBLE:
                self.visible = self.visible.with_ids(ids)

    def corrected(self, query: Query) -> tuple[Query, Mapping[str, str]]:
        """Return the query as it is."""
        return query, {}

    def telling(self, stem: str) -> float:
        """Return how much a word tells: PostgreSQL knows only how long it is."""
        return float(len(stem))

    def besides(self, query: Query, ids: Sequence[UUID]) -> list[UUID]:
        """Return which of some memories the query's words do not find."""
        some = self.visible.with_ids(ids)
        found = set(postgres.matching(some, query).values_list("pk", flat=True))
        return [one for one in ids if one not in found]

    def among(self, query: Query, ids: Sequence[UUID]) -> list[Candidate]:
        """Return those of some memories that fit all of a query but its words."""
        some = self.visible.with_ids(ids)
        fitting = postgres.matching(some, query.without_words())
        times = dict(fitting.values_list("pk", "occurred_at"))
        return [_candidate(Hit(one, 0.0, times[one])) for one in ids if one in times]

    def replacements_of(self, ids: Collection[UUID]) -> Mapping[UUID, UUID]:
        """Return which memory takes the place of which of some, the newest of all."""
        return postgres.replacements_of(self.visible, ids)

    def best(self, query: Query, *, limit: int) -> Candidates:
        """Return the best of the newest matches, the best first."""
        hits = postgres.best(self.visible, query, limit=limit)
        top = max((hit.score for hit in hits.first), default=0.0) or 1.0
        found = [
            _candidate(hit, Arm("lexical", rank, hit.score), lexical=hit.score / top)
            for rank, hit in enumerate(hits.first, 1)
        ]
        return Candidates(found, hits.total)

    def in_time_order(self, query: Query, *, after: After, limit: int) -> Hits:
        """Return the next matches by time and id."""
        return postgres.in_time_order(self.visible, query, after=after, limit=limit)


def _candidate(hit: Hit, *arms: Arm, lexical: float = 0.0) -> Candidate:
    return Candidate(
        id=hit.id,
        occurred_at=hit.occurred_at,
        is_disputed=hit.is_disputed,
        is_superseded=hit.is_superseded,
        is_turn=hit.is_turn,
        lexical=lexical,
        arms=arms,
    )
