"""Typing help: how a word or a filter that was begun may go on."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from memories.search import lexical
from memories.search.lexical import Asker, ByIndex, outliving_damage
from memories.search.query import Field
from memories.search.words import SMALL, written

type Kind = Literal["term"] | Field

_BEGUN = re.compile(r'(?P<not>-?)(?:(?P<field>[a-z]+):)?"?(?P<text>[^"]*)$', re.I)
_LAST = re.compile(r'(?:\S*:"[^"]*|\S*)$')

FILTERS: Mapping[str, Field] = {
    "type": "type",
    "source": "source",
    "tag": "tag",
    "customer": "customer",
    "owner": "owner",
}
UNASKED: tuple[Field, ...] = ("customer", "tag", "source")
"""The filters that are suggested without being asked for by name."""
SHORTEST = 3
LONGEST = 200
"""How many characters, from the end, are looked through for what was begun last."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to go on with."""

    kind: Kind
    text: str
    insert: str
    """What replaces the last word that was begun."""
    count: int
    """How many memories that the asker may see have it."""


@outliving_damage
def suggest(*, asker: Asker, begun: str, limit: int) -> list[Suggestion]:
    """Return how the last word of a text may go on, from what the asker may see.

    While PostgreSQL answers for the index, there are none.
    """
    arm = lexical.arm(asker)
    last = _LAST.search(begun[-LONGEST:])
    read = last and _BEGUN.match(last[0])
    if not isinstance(arm, ByIndex) or not read:
        return []
    text, field = read["text"].lower(), (read["field"] or "").lower()
    if not field:
        found = _of_all_kinds(arm, text, limit)
    else:
        found = _values(arm, FILTERS[field], text, limit) if field in FILTERS else []
    return [replace(one, insert=read["not"] + one.insert) for one in found]


def _of_all_kinds(arm: ByIndex, text: str, limit: int) -> list[Suggestion]:
    if not text:
        return []
    found = [one for kind in UNASKED for one in _values(arm, kind, text, limit)]
    terms = list(_terms(arm, text, limit))
    # Both kinds have their share of the places, and what one leaves the other takes.
    half = max(limit - len(found), (limit + 1) // 2)
    return [*terms[:half], *found][:limit]


def _values(arm: ByIndex, kind: Field, start: str, limit: int) -> list[Suggestion]:
    counts = arm.values(kind, start)
    return [
        Suggestion(kind, value, _as_filter(kind, value), count)
        for value, count in _most_frequent(counts, limit)
    ]


def _terms(arm: ByIndex, start: str, limit: int) -> Iterator[Suggestion]:
    words = written(start)
    if len(words) != 1:
        return
    counts = Counter(
        {
            term: count
            for term, count in arm.terms(words[0], limit=2 * limit + len(SMALL))
            if term not in SMALL and len(term) >= SHORTEST
        }
    )
    for term, count in _most_frequent(counts, limit):
        yield Suggestion("term", term, term, count)


def _most_frequent(counts: Counter[str], limit: int) -> list[tuple[str, int]]:
    there = [each for each in counts.items() if each[1] > 0]
    return sorted(there, key=lambda each: (-each[1], each[0]))[:limit]


def _as_filter(kind: Field, value: str) -> str:
    quoted = f'"{value}"' if re.search(r"\s", value) else value
    return f"{kind}:{quoted}"
