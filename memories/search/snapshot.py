"""The lexical index at one moment, and what can be asked of it."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import Literal, NamedTuple
from uuid import UUID

import tantivy
from tantivy import Order
from tantivy import Query as Match

from memories.search import matching
from memories.search.matching import FACETS, OWN, Readers, Ring
from memories.search.query import Clause, Kind, Query
from memories.search.threads import AROUND
from memories.search.words import asked_stems

FACET_VALUES = 100
MANY = 10_001
"""As many as this are not counted."""
WIDESPREAD = 10_000
TIED = 500
"""From how many that may be as good as each other the newest are taken."""
COMMON = 1000
"""From how many memories on a word's frequency need not be exact."""
MOST_SPARE = 500
"""How many more are fetched for those that count as not there."""
FEW = 1000
"""Up to how many memories that replace others are looked through as they are."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type Counts = dict[str, Counter[str]]
type Scored = tuple[float, tantivy.DocAddress]
"""How well something fits, and where the index has it."""
type Side = Literal["before", "after"]

_HALF = 64
_COLUMNS = ("id_high", "id_low", "occurred_at", "disputed", "superseded", "turn")


class Hit(NamedTuple):
    """A memory that the index found, and how well it fits."""

    id: UUID
    score: float
    occurred_at: datetime
    is_disputed: bool = False
    is_superseded: bool = False
    is_turn: bool = False
    """Whether it was said in a conversation."""


@dataclass(frozen=True, slots=True)
class Hits:
    """The first hits, and how many there are in all."""

    first: Sequence[Hit]
    total: int


class Replacement(NamedTuple):
    """Which memory another has replaced, when, and by which."""

    older: UUID
    at: datetime
    newer: UUID


class Snapshot:
    """The index at one moment, seen with the eyes of some readers.

    What `without` names counts as not there: PostgreSQL knows it newer.
    """

    def __init__(
        self,
        searcher: tantivy.Searcher,
        readers: Readers,
        without: Collection[UUID],
        *,
        deleted: int,
    ) -> None:
        self._searcher, self.readers, self.without = searcher, readers, without
        self._deleted = deleted
        self._frequency = cache(self._frequency_of)
        self.of = cache(self._rarity)
        self.in_index = cache(self._rarity_in_index)

    def seen_by(self, readers: Readers, *, without: Collection[UUID]) -> "Snapshot":
        """Return the same moment for some readers."""
        return Snapshot(self._searcher, readers, without, deleted=self._deleted)

    def fitting(self, query: Query) -> Match:
        """Match what fits a whole query."""
        return matching.fitting(query, self.readers, self)

    def best(self, query: Query, *, limit: int) -> Hits:
        """Return the best hits; of phrases, and of TIED that are equal, the newest."""
        whole = self.fitting(query)
        fetched = limit + min(len(self._outdated), MOST_SPARE)
        are_alike = not query.has_words
        may_tie = not are_alike and not self._tells_apart(query)
        are_many = self._are_many(query)
        found = self._searcher.search(
            whole,
            max(fetched, TIED) if may_tie else fetched,
            count=not are_many,
            order_by_field="occurred_at" if are_alike else None,
        )
        total = MANY
        if not are_many:
            total = _count_of(found) - self._count_of_without(whole)
        scored = self._newest_of_equals(found)[:fetched] if may_tie else found.hits
        hits = self._hits(scored)[:limit]
        if are_alike:
            # What comes in an order of its own comes without a score.
            score = max(matching.PREFIX_SCORE, self.told_by(query))
            hits = [hit._replace(score=score) for hit in hits]
        return Hits(hits, total)

    def _tells_apart(self, query: Query) -> bool:
        """Say whether the index weighs how often a word stands in how long a text."""
        return self.readers.names is None and any(
            clause.kind is Kind.WORD and len(asked_stems(clause.text)) == 1
            for clause in query.words
        )

    def _newest_of_equals(self, found: tantivy.SearchResult) -> list[Scored]:
        """Put hits in order of their score, and the newer of two equals first.

        The index would go by its own order, which has the oldest first.
        """
        places = [place for _, place in found.hits]
        times = self._searcher.fast_field_values("occurred_at", places)
        timed = zip(found.hits, times, strict=True)
        ordered = sorted(timed, key=lambda each: (-each[0][0], -(each[1] or 0)))
        return [scored for scored, _ in ordered]

    def told_by(self, query: Query) -> float:
        """Return how much the words of a query tell, all together."""
        return sum(
            max(map(self.of, asked_stems(clause.text)), default=0.0)
            for clause in query.wanted
            if clause.kind is not Kind.PREFIX
        )

    def in_time_order(
        self, query: Query, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Hits:
        """Return the next hits by time, and by id where the time is the same.

        The index orders by time alone. So hits are asked for until all of one time
        are there, and what the caller has already is left out.
        """
        newest_first = query.sort != "oldest"
        whole = self.fitting(query)
        total = self.count(whole)
        if after:
            side: Side = "before" if newest_first else "after"
            whole = matching.all_of(whole, matching.at_or(side, after[0]))
        asked = 2 * limit + 1
        while True:
            found = self._searcher.search(
                whole,
                asked,
                count=False,
                order_by_field="occurred_at",
                order=Order.Desc if newest_first else Order.Asc,
            )
            hits = self._hits(found.hits)
            is_all = len(found.hits) < asked
            last = None if is_all or not hits else hits[-1].occurred_at
            next_ones = in_time_order(
                (hit for hit in hits if hit.occurred_at != last),
                after=after,
                newest_first=newest_first,
            )
            if is_all or len(next_ones) >= limit:
                return Hits(next_ones[:limit], total)
            asked *= 4

    def some(self, match: Match, *, limit: int) -> list[Hit]:
        """Return the first that match."""
        return self._hits(self._searcher.search(match, limit, count=False).hits)

    @cached_property
    def _outdated(self) -> frozenset[UUID]:
        """What the index has of that which counts as not there; most is new to it."""
        if not self.without:
            return frozenset()
        known = matching.among(self.without)
        found = self._searcher.search(known, len(self.without), count=False)
        return frozenset(self._ids(found))

    def ids(self, match: Match, *, limit: int) -> list[UUID] | None:
        """Return which match; None where that is more than so many."""
        found = self._searcher.search(match, limit, count=True)
        if _count_of(found) > limit:
            return None
        return [one for one in self._ids(found) if one not in self.without]

    def _ids(self, found: tantivy.SearchResult) -> Iterator[UUID]:
        places = [place for _, place in found.hits]
        columns = (
            self._searcher.fast_field_values(name, places)
            for name in ("id_high", "id_low")
        )
        return (_id(high, low) for high, low in zip(*columns, strict=True))

    def count(self, match: Match) -> int:
        """Return how many match."""
        return self._count(match) - self._count_of_without(match)

    def facets(self, match: Match, names: Sequence[str] = FACETS) -> Counts:
        """Count what matches by each facet's values."""
        counts = self._facets(match, names)
        if self._outdated:
            gone = matching.all_of(match, matching.among(self._outdated))
            old = self._facets(gone, names)
            for name, values in old.items():
                counts[name] -= values
        return counts

    def terms(self, field: str, prefix: str, *, limit: int) -> list[tuple[str, int]]:
        """Return the terms with a prefix that readers may know of, by frequency."""
        narrow = None if self.readers.names is None else self._readable
        found: list[tuple[str, int]] = self._searcher.terms_with_prefix(
            field, prefix, narrow, limit
        )
        return found

    def replacing(self, ids: Collection[UUID]) -> list[Replacement]:
        """Return which of these memories take the place of some."""
        few = self._searcher.search(matching.REPLACING, FEW, count=True)
        found = few
        if _count_of(few) > FEW:
            among = matching.all_of(matching.replacing(ids), self._readable)
            found = self._searcher.search(among, FEW, count=False)
        places = [place for _, place in found.hits]
        names = ("replaces_high", "replaces_low", "occurred_at", "id_high", "id_low")
        columns = (self._searcher.fast_field_values(name, places) for name in names)
        replacements = (
            Replacement(_id(*row[:2]), _moment(row[2]), _id(*row[3:]))
            for row in zip(*columns, strict=True)
        )
        return [
            one
            for one in replacements
            if one.older in ids and one.newer not in self.without
        ]

    def filed_under(
        self, *, customer: str | None, tags: Sequence[str], thread: str, limit: int
    ) -> list[Hit]:
        """Return what has a customer, tags or a conversation in common, most first."""
        common = [matching.one_of("tag", [tag]) for tag in tags]
        if customer:
            common.append(matching.one_of("customer", [customer]))
        if thread:
            common.append(matching.in_same("thread", matching.number_of(thread)))
        if not common:
            return []
        scored = matching.any_of(Match.const_score_query(each, 1.0) for each in common)
        return self.some(matching.all_of(scored, self._readable), limit=limit)

    def values(self, field: str, start: str) -> Counter[str]:
        """Count the values of a facet that begin so, as they are written."""
        terms = [term for term, _ in self.terms(field, start, limit=FACET_VALUES)]
        if not terms:
            return Counter()
        having = matching.all_of(self._readable, matching.one_of(field, terms))
        counts = self.facets(having, names=[field])[field]
        return Counter(
            {
                value: count
                for value, count in counts.items()
                if value.lower().startswith(start)
            }
        )

    def count_of_word(self, word: str) -> int:
        """Return how many have a word as it is written."""
        return self.count(
            matching.all_of(self._readable, matching.one_of("words", [word]))
        )

    def knows(self, clause: Clause) -> bool:
        """Say whether anything that these readers may read has a clause."""
        words = asked_stems(clause.text)
        if len(words) == 1 and clause.kind is not Kind.PREFIX:
            return self._frequency(words[0]) > 0
        return self.count(matching.all_of(matching.having(clause), self._readable)) > 0

    def beside(self, ids: Collection[UUID], ring: Ring) -> dict[UUID, set[UUID]]:
        """Return what the index has next to each memory in its conversation."""
        found = self._searcher.search(
            matching.among(ids), max(1, len(ids)), count=False
        )
        places = [place for _, place in found.hits]
        columns = (
            self._searcher.fast_field_values(name, places)
            for name in ("id_high", "id_low", ring, "occurred_at")
        )
        return {
            _id(high, low): set(self._near(ring, int(number), _moment(time)))
            for high, low, number, time in zip(*columns, strict=True)
            if number
        }

    def _near(self, ring: Ring, number: int, moment: datetime) -> Iterator[UUID]:
        sides: tuple[tuple[Side, Order], ...] = (
            ("before", Order.Desc),
            ("after", Order.Asc),
        )
        for side, order in sides:
            found = self._searcher.search(
                matching.all_of(
                    matching.in_same(ring, number), matching.at_or(side, moment)
                ),
                # Itself, its neighbours, and some more that happened at one time.
                2 * AROUND + 2,
                count=False,
                order_by_field="occurred_at",
                order=order,
            )
            yield from (hit.id for hit in self._hits(found.hits))

    def _hits(self, scored: Sequence[Scored]) -> list[Hit]:
        places = [place for _, place in scored]
        columns = (self._searcher.fast_field_values(name, places) for name in _COLUMNS)
        return [
            Hit(memory_id, float(score), _moment(time), bool(a), bool(b), bool(c))
            for (score, _), high, low, time, a, b, c in zip(
                scored, *columns, strict=True
            )
            if (memory_id := _id(high, low)) not in self.without
        ]

    def _count(self, match: Match) -> int:
        unscored = Match.const_score_query(match, 1.0)
        return _count_of(self._searcher.search(unscored, 1, count=True))

    def _count_of_without(self, match: Match) -> int:
        if not self._outdated:
            return 0
        return self._count(matching.all_of(match, matching.among(self._outdated)))

    def _facets(self, match: Match, names: Sequence[str]) -> Counts:
        asked = {
            name: {"terms": {"field": name, "size": FACET_VALUES}} for name in names
        }
        counted = self._searcher.aggregate(match, asked)
        return {
            name: Counter(
                {each["key"]: each["doc_count"] for each in counted[name]["buckets"]}
            )
            for name in names
        }

    def _are_many(self, query: Query) -> bool:
        """Say whether one word alone is sure to find more than is counted."""
        if query.narrows or self.readers.names is not None:
            return False
        words = (each for each in query.words if each.kind is Kind.WORD)
        stems = (asked_stems(clause.text) for clause in words)
        most = max(
            (self._listed(*words) for words in stems if len(words) == 1), default=0
        )
        return most - self._deleted - len(self._outdated) >= MANY

    def _listed(self, stem: str) -> int:
        """Count what the index lists a word for, what was deleted included."""
        return max(self._searcher.doc_freq(name, stem) for name in OWN)

    def _frequency_of(self, stem: str) -> int:
        """Count what has a word, what counts as not there left out.

        The index's own count still has what was deleted; it will do for common words.
        """
        if self.readers.names is None:
            listed = self._listed(stem)
            if listed > COMMON:
                return listed
        return self.count(matching.all_of(matching.with_stem(stem), self._readable))

    def is_widespread(self, stem: str) -> bool:
        """Say whether so many have a word that it is looked for around no other."""
        return self._frequency(stem) > WIDESPREAD

    @cached_property
    def _readable(self) -> Match:
        """Match what these readers may read, but for what PostgreSQL knows newer.

        A word of what was just deleted or hidden from them counts no more.
        """
        readable = matching.allowed(Query(), self.readers)
        if self.readers.names is None or not self._count_of_without(readable):
            return readable
        return matching.but_not(readable, matching.among(self._outdated))

    @cached_property
    def _size(self) -> int:
        if self.readers.names is None:
            return int(self._searcher.num_docs)
        return self.count(self._readable)

    def _rarity(self, stem: str) -> float:
        return _idf(self._frequency(stem), self._size)

    def _rarity_in_index(self, field: str, stem: str) -> float:
        return _idf(self._searcher.doc_freq(field, stem), self._searcher.num_docs)


def in_time_order(
    hits: Iterable[Hit], *, after: tuple[datetime, UUID] | None, newest_first: bool
) -> list[Hit]:
    """Put hits in order of time and id, without those up to a place."""
    ordered = sorted(hits, key=_in_time, reverse=newest_first)
    if after is None:
        return ordered
    if newest_first:
        return [hit for hit in ordered if _in_time(hit) < after]
    return [hit for hit in ordered if _in_time(hit) > after]


def _in_time(hit: Hit) -> tuple[datetime, UUID]:
    return (hit.occurred_at, hit.id)


def _count_of(found: tantivy.SearchResult) -> int:
    counted: int = found.count  # type: ignore[attr-defined]  # its stub lacks it
    return counted


def _idf(frequency: int, size: int) -> float:
    """Return BM25's inverse document frequency."""
    return math.log1p(max(0.5, size - frequency + 0.5) / (frequency + 0.5))


def _id(high: float | None, low: float | None) -> UUID:
    return UUID(int=int(high or 0) << _HALF | int(low or 0))


def _moment(micros: float | None) -> datetime:
    return EPOCH + timedelta(microseconds=int(micros or 0))


def halves(memory_id: UUID) -> tuple[int, int]:
    """Return an id as the two numbers that a column can hold."""
    return memory_id.int >> _HALF, memory_id.int & (1 << _HALF) - 1
