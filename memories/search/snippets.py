"""Showing where a result fits the query."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from memories.search.query import Kind, Query
from memories.search.words import stems, written

SNIPPET_LENGTH = 240
# A range up to U+10FFFF says the same, and takes thirty times as long to compile.
_LIKELY = r"(?<![^\W_])(?=[{}]|[^\x00-\x7f])[^\W_]+"
_TO_A_WORD = 40
"""How far a cut is moved to fall between two words."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of plain text; each highlight is a [start, end) of characters in it."""

    text: str
    highlights: tuple[tuple[int, int], ...]


def snippet(text: str, query: Query) -> Snippet:
    """Return the stretch of a text that has most of the query's words, marked."""
    marks = list(_marks(text, query))
    start = _best_start(text, marks)
    end = min(len(text), start + SNIPPET_LENGTH)
    if end < len(text) and (space := text.rfind(" ", end - _TO_A_WORD, end)) > 0:
        end = space
    return Snippet(
        text[start:end],
        tuple((a - start, b - start) for a, b in marks if a >= start and b <= end),
    )


def _marks(text: str, query: Query) -> Iterable[tuple[int, int]]:
    whole, starts, likely = _wanted(query)
    for word in likely.finditer(text):
        stem, as_written = _analysed(word[0])
        if stem in whole or (starts and as_written.startswith(starts)):
            yield word.span()


@lru_cache(maxsize=64)
def _wanted(query: Query) -> tuple[set[str], tuple[str, ...], re.Pattern[str]]:
    """Return the stems to mark, the beginnings, and words that may have either.

    A word that begins with another letter has neither, but for accents, which go.
    """
    whole: set[str] = set()
    starts: tuple[str, ...] = ()
    for clause in query.wanted:
        if clause.kind is Kind.PREFIX:
            before, start = clause.parts
            whole.update(stem for word in before for stem in stems(word))
            starts += (start,)
        else:
            whole.update(stems(clause.text))
    letters = {word[0] for word in (*whole, *starts)}
    either = "".join(sorted(letters | {letter.upper() for letter in letters}))
    return whole, starts, re.compile(_LIKELY.format(re.escape(either)))


@lru_cache(maxsize=50_000)
def _analysed(word: str) -> tuple[str, str]:
    """Return a word's stem, and the word without case and accents."""
    return " ".join(stems(word)), " ".join(written(word))


def _best_start(text: str, marks: Sequence[tuple[int, int]]) -> int:
    """Return where a window with the most marks begins, between words if it can."""
    if len(text) <= SNIPPET_LENGTH or not marks:
        return 0
    ends = [end for _, end in marks]

    def marked(number: int) -> int:
        reach = marks[number][0] + SNIPPET_LENGTH * 3 // 4
        return bisect_left(ends, reach) - number

    first, _ = marks[max(range(len(marks)), key=marked)]
    start = max(0, min(first - SNIPPET_LENGTH // 4, len(text) - SNIPPET_LENGTH))
    space = text.rfind(" ", max(0, start - _TO_A_WORD), start)
    return space + 1 if space >= 0 else start
