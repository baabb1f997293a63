"""The search's public face: query -> arms -> one ranking -> what the actor may see.

The arms say which memories fit, and how well. PostgreSQL says on every request which of
them the actor may see: `asker.read` returns no other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, IntegerField, UUIDField, Value

from memories.models import Memory
from memories.querysets import MemoryQuerySet
from memories.schemas.search import SearchRequest
from memories.search import lexical, pages, postgres, ranking
from memories.search.lexical import Asker, ByIndex, Candidates, outliving_damage
from memories.search.pages import Kept
from memories.search.query import Mode, Query, read
from memories.search.ranking import Arm, Candidate, Ranked
from memories.search.semantic import (
    Semantic,
    SemanticUnavailableError,
    Understanding,
    understand,
)
from memories.search.snapshot import Hit

DEPTH = 40
"""How many of the best by words are weighed against the rest."""
DEEPEST = 10_000
"""How far a ranking can be paged through, and up to where a total is exact."""
COMPANY = 3
"""How many turns of its conversation the best result brings along, on each side."""
LISTED = 1000
"""How many of the best a list of memories holds."""
FACET_VALUES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of results in order, how many there are, and how it came about."""

    results: Sequence[tuple[Ranked, Memory]]
    total: int
    total_is_exact: bool
    next_cursor: str | None
    mode: Mode
    query: Query
    """The query as it was asked in the end."""
    corrected: Mapping[str, str]
    facets: Mapping[str, Sequence[tuple[str, int]]] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in words and, where it counts and can be had, in meaning."""

    query: Query
    meaning: Understanding | None = None


def ask(request: SearchRequest, *, now: datetime, me: str | None) -> Question:
    """Read a request. To be called outside of transactions: it may take its time."""
    query = read(request, now=now, me=me)
    if query.mode == "lexical" or not query.wanted or query.sort != "relevance":
        return Question(query)
    try:
        return Question(query, understand(query.sentence))
    except SemanticUnavailableError as error:
        return Question(replace(query, notes=(*query.notes, str(error))))


@outliving_damage
def search(
    *,
    asker: Asker,
    question: Question,
    name: str,
    limit: int,
    cursor: str | None,
    facets: bool,
) -> Found:
    """Find memories, a page at a time; `name` tells one search from another.

    Raises:
        pages.BadCursorError: the cursor belongs to another search.
    """
    state = pages.unseal(name, cursor) if cursor else None
    searching = _Searching(asker, question)
    query = question.query
    if query.wanted and query.sort == "relevance":
        found = searching.by_relevance(name, state, limit)
    else:
        found = searching.by_time(name, state, limit)
    return replace(found, facets=searching.facets()) if facets else found


@outliving_damage
def replacements(*, asker: Asker, ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Return which memory takes the place of which of some, as the asker may know."""
    return lexical.arm(asker).replacements_of(ids)


@outliving_damage
def best(*, asker: Asker, question: Question) -> MemoryQuerySet:
    """Return what fits as a queryset, the best first."""
    if not question.query.wanted:
        return postgres.matching(asker.visible, question.query).newest_first()
    ranked = _Searching(asker, question).rank(depth=LISTED).ranked
    ids = [one.id for one in ranked]
    position = Func(
        Value(ids, output_field=ArrayField(UUIDField())),
        "pk",
        function="array_position",
        output_field=IntegerField(),
    )
    return asker.visible.with_ids(ids).order_by(position)


class _Searching:
    """One search, from the question to a page of its answer."""

    def __init__(self, asker: Asker, question: Question) -> None:
        self.asker, self.arm = asker, lexical.arm(asker)
        self.query, self.corrected = self.arm.corrected(question.query)
        self.meaning = question.meaning
        self.besides: Collection[UUID] = ()
        if self.arm.note:
            notes = (*self.query.notes, self.arm.note)
            self.query = replace(self.query, notes=notes)

    @cached_property
    def semantic(self) -> Semantic | None:
        """The arm that knows what the question means, once that is understood."""
        if self.meaning is None or not isinstance(self.arm, ByIndex):
            return None
        try:
            return Semantic(self.meaning.result(), self.arm, self.asker)
        except SemanticUnavailableError as error:
            self.query = replace(self.query, notes=(*self.query.notes, str(error)))
            return None

    def by_relevance(self, name: str, state: Sequence[Any] | None, limit: int) -> Found:
        """Cut a page from a ranking, which the second page keeps for the others.

        Few ask for a second: the first one's cursor names what it showed, and that
        stands before all else in the ranking that the second makes.
        """
        key, offset, seen = pages.went_on_from(state)
        kept = pages.kept(key) if key else None
        if key and kept is None:
            self.query = replace(self.query, notes=(*self.query.notes, pages.LOST))
        if kept is None:
            key, kept = None, self.rank(depth=max(DEPTH, limit))
        if seen:
            kept, offset = kept.after(seen), len(seen)
        shown, offset = self._shown(kept.ranked, offset, limit)
        if kept.has_more and len(shown) < limit:
            key, kept = None, self._deepened(kept)
            more, offset = self._shown(kept.ranked, offset, limit - len(shown))
            shown += more
        self.besides = kept.besides
        next_cursor = None
        if kept.has_more or offset < len(kept.ranked):
            here = [key or pages.keep(kept), offset] if state else _named(shown)
            next_cursor = pages.seal(name, here)
        return self._found(shown, kept, next_cursor)

    def by_time(self, name: str, state: Sequence[str] | None, limit: int) -> Found:
        """List what fits by time, without an end."""
        after = pages.after_time(state) if state else None
        shown: list[tuple[Ranked, Memory]] = []
        while True:
            wanted = limit - len(shown)
            hits = self.arm.in_time_order(self.query, after=after, limit=wanted + 1)
            examined = hits.first[:wanted]
            memories = self.asker.read([hit.id for hit in examined])
            newer = self.arm.replacements_of(memories.keys())
            shown += [
                (_listed(hit, rank, newer.get(hit.id)), memories[hit.id])
                for rank, hit in enumerate(examined, len(shown) + 1)
                if hit.id in memories
            ]
            if examined:
                after = (examined[-1].occurred_at, examined[-1].id)
            has_more = len(hits.first) > wanted
            if not has_more or len(shown) >= limit:
                break
        next_cursor = None
        if has_more and after:
            next_cursor = pages.seal(name, [after[0].isoformat(), str(after[1])])
        return Found(
            results=shown,
            total=min(hits.total, DEEPEST),
            total_is_exact=hits.total <= DEEPEST,
            next_cursor=next_cursor,
            mode="lexical",
            query=self.query,
            corrected=self.corrected,
        )

    def rank(self, *, depth: int) -> Kept:
        """Ask the arms, and put what they found in order."""
        query, by_words = self.query, Candidates((), 0)
        if self.meaning and isinstance(self.arm, ByIndex):
            self.meaning.begin()
        if query.mode != "semantic" or self.semantic is None:
            by_words = self.arm.best(query, limit=depth)
        semantic = self.semantic
        candidates = list(by_words.found)
        if semantic:
            candidates = semantic.join(query, by_words)
        ranked = ranking.blend(
            candidates,
            superseded_by=self.arm.replacements_of({one.id for one in candidates}),
            now=None if query.is_dated else self.asker.now,
        )
        ranked = ranking.with_company(ranked, self._company_of(ranked[:1]))
        ranked = ranking.replacements_first(ranked)
        found_by_words = {one.id for one in by_words.found}
        others = [one.id for one in ranked if one.id not in found_by_words]
        besides = self._besides(others, by_words)
        total = by_words.total + len(besides)
        return Kept(
            ranked=ranked,
            besides=besides,
            total=min(total, DEEPEST),
            total_is_exact=total <= DEEPEST,
            mode=query.mode if semantic else "lexical",
            has_more=by_words.total > len(by_words.found) and depth < DEEPEST,
        )

    def _besides(self, others: list[UUID], by_words: Candidates) -> list[UUID]:
        """Return which of the others the words do not find, as far as that counts."""
        if by_words.total <= len(by_words.found):
            return others
        if by_words.total > DEEPEST or not self.query.words:
            # More than are counted; or what fits has all the phrases, and is found.
            return []
        return self.arm.besides(self.query, others)

    def _company_of(self, ranked: Sequence[Ranked]) -> list[Candidate]:
        """Return what was said around the best result, if it fits the filters."""
        turns = [one.id for one in ranked if one.is_turn]
        company = self.asker.neighbours(turns, COMPANY)
        return [
            one for ids in company.values() for one in self.arm.among(self.query, ids)
        ]

    def facets(self) -> Mapping[str, Sequence[tuple[str, int]]] | None:
        """Count all that fits by each facet's values, the most frequent first."""
        if not isinstance(self.arm, ByIndex):
            return None
        by_meaning = self.query.mode == "semantic" and self.semantic is not None
        counts = self.arm.facets(
            self.query, besides=self.besides, by_meaning=by_meaning
        )
        return {
            name: sorted(
                ((value, count) for value, count in values.items() if count > 0),
                key=lambda each: (-each[1], each[0]),
            )[:FACET_VALUES]
            for name, values in counts.items()
        }

    def _deepened(self, kept: Kept) -> Kept:
        """Go on behind the end of a ranking, with what fits less well."""
        deeper = self.rank(depth=DEEPEST)
        here = {one.id for one in kept.ranked}
        more = [one for one in deeper.ranked if one.id not in here]
        return replace(kept, ranked=[*kept.ranked, *more], has_more=False)

    def _shown(
        self, ranked: Sequence[Ranked], offset: int, limit: int
    ) -> tuple[list[tuple[Ranked, Memory]], int]:
        """Read the next results that the asker may see, and say how far that came."""
        shown: list[tuple[Ranked, Memory]] = []
        while len(shown) < limit and offset < len(ranked):
            chunk = ranked[offset : offset + limit - len(shown)]
            memories = self.asker.read([one.id for one in chunk])
            shown += [(one, memories[one.id]) for one in chunk if one.id in memories]
            offset += len(chunk)
        return self._with_what_replaced_them(shown), offset

    def _with_what_replaced_them(
        self, shown: Sequence[tuple[Ranked, Memory]]
    ) -> list[tuple[Ranked, Memory]]:
        """Name only what the asker may see still: a kept ranking may be older."""
        newer = {one.superseded_by for one, _ in shown if one.superseded_by}
        if not newer:
            return list(shown)
        seen = set(self.asker.visible.with_ids(newer).values_list("pk", flat=True))
        return [
            (one, memory)
            if one.superseded_by is None or one.superseded_by in seen
            else (one._replace(superseded_by=None), memory)
            for one, memory in shown
        ]

    def _found(
        self,
        shown: Sequence[tuple[Ranked, Memory]],
        kept: Kept,
        next_cursor: str | None,
    ) -> Found:
        return Found(
            results=shown,
            total=kept.total,
            total_is_exact=kept.total_is_exact,
            next_cursor=next_cursor,
            mode=kept.mode,
            query=self.query,
            corrected=self.corrected,
        )


def _named(shown: Sequence[tuple[Ranked, Memory]]) -> list[str]:
    return [one.id.hex for one, _ in shown]


def _listed(hit: Hit, rank: int, newer: UUID | None) -> Ranked:
    return Ranked(
        hit.id,
        0.0,
        (Arm("listing", rank, 0.0),),
        is_disputed=hit.is_disputed,
        superseded_by=newer,
        is_superseded=hit.is_superseded or newer is not None,
    )
