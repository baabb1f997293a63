"""Putting candidates in order, and showing where a result fits the query."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from memories.search.index import AS_WRITTEN, STEMMED, Hit, stems
from memories.search.query import Kind, Query

SNIPPET_LENGTH = 240

type Arm = Literal["index", "tail", "listing"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A result's place: its score, and which arm found it at which rank."""

    id: UUID
    score: float
    arm: Arm
    rank: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of plain text; each highlight is a [start, end) of characters in it."""

    text: str
    highlights: tuple[tuple[int, int], ...]


def blend(
    hits: Sequence[Hit], fresh: Sequence[tuple[UUID, float]], *, stale: Collection[UUID]
) -> list[Ranked]:
    """Merge the index's hits with fresh memories, the best first.

    The index has not weighed a fresh memory's words, so it ranks by the share of the
    query's words it has, against the best hit. What the index knows only in an older
    version (`stale`) counts as found by the tail, or not at all.
    """
    best = max((hit.score for hit in hits), default=1.0)
    ranked = [
        Ranked(hit.id, hit.score, "index", rank)
        for rank, hit in enumerate(hits, start=1)
        if hit.id not in stale
    ]
    ranked += [
        Ranked(memory_id, coverage * best, "tail", rank)
        for rank, (memory_id, coverage) in enumerate(fresh, start=1)
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.arm == "index"))


def snippet(text: str, query: Query) -> Snippet:
    """Return the stretch of a text that has most of the query's words, marked."""
    marks = list(_marks(text, query))
    start = _best_start(text, marks)
    end = min(len(text), start + SNIPPET_LENGTH)
    if end < len(text) and " " in text[start:end]:
        end = text.rindex(" ", start, end)
    return Snippet(
        text[start:end],
        tuple((a - start, b - start) for a, b in marks if a >= start and b <= end),
    )


def _marks(text: str, query: Query) -> Iterable[tuple[int, int]]:
    whole = {
        stem
        for clause in query.wanted
        if clause.kind is not Kind.PREFIX
        for stem in stems(clause)
    }
    starts = tuple(
        start
        for clause in query.wanted
        if clause.kind is Kind.PREFIX
        for start in AS_WRITTEN.analyze(clause.text)
    )
    stemmed = STEMMED.pre_tokenize(text).tokens
    written = AS_WRITTEN.pre_tokenize(text).tokens if starts else stemmed
    for stem, word in zip(stemmed, written, strict=True):
        if stem.text in whole or (starts and word.text.startswith(starts)):
            yield stem.char_offset_from, stem.char_offset_to


def _best_start(text: str, marks: Sequence[tuple[int, int]]) -> int:
    """Return where a window with the most marks begins, at the start of a word."""
    if len(text) <= SNIPPET_LENGTH or not marks:
        return 0
    ends = [end for _, end in marks]

    def marked(mark: tuple[int, int]) -> int:
        return bisect_left(ends, mark[0] + SNIPPET_LENGTH * 3 // 4) - marks.index(mark)

    first, _ = max(marks, key=marked)
    start = max(0, min(first - SNIPPET_LENGTH // 4, len(text) - SNIPPET_LENGTH))
    return text.rfind(" ", 0, start) + 1 if start else 0
