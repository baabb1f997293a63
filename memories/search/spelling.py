"""Putting right what is misspelt: a word that nothing has gives way to one near it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA

from memories.search.query import Clause, Kind, Query
from memories.search.words import written

SHORTEST = 4
"""The shortest word that is put right: too many short words are near each other."""
LONG = 8
"""From this length on, two letters may be wrong."""
MOST = 6
"""How many unknown words of a query, and parts of a word, are looked into."""

type Terms = Callable[[str], Iterable[tuple[str, int]]]


def corrected(
    query: Query, *, knows: Callable[[Clause], bool], terms: Terms
) -> tuple[Query, Mapping[str, str]]:
    """Return a query whose unknown words are put right, and what became of which.

    `knows` says whether anything that the readers may read has a clause, and `terms`
    gives the words that begin with a letter; only known ones take another's place. A
    name of several parts of which the whole is nowhere is taken apart.
    """
    changed: dict[str, str] = {}
    clauses: list[Clause] = []
    terms, tries = cache(terms), MOST
    for clause in query.clauses:
        better = [clause]
        is_word = clause.kind is Kind.WORD and clause in query.words
        if tries and is_word and not knows(clause):
            tries -= 1
            better = _better(clause, knows, terms) or better
        if better != [clause]:
            changed[clause.text] = " ".join(each.text for each in better)
        clauses += better
    return (replace(query, clauses=tuple(clauses)) if changed else query), changed


def _better(
    clause: Clause, knows: Callable[[Clause], bool], terms: Terms
) -> list[Clause]:
    parts = [Clause(Kind.WORD, part) for part in written(clause.text)][:MOST]
    if len(parts) != 1:
        return [part for part in parts if knows(part)]
    near = (Clause(Kind.WORD, other) for other in _near(parts[0].text, terms))
    return list(islice(filter(knows, near), 1))


def _near(word: str, terms: Terms) -> Iterator[str]:
    """Go through the words near one: the nearest first, of those the most frequent.

    Those that begin as it does come before all others: few mistakes are made so early,
    and many words begin with a letter.
    """
    if len(word) < SHORTEST or not word.isalpha():
        return
    allowed = 2 if len(word) >= LONG else 1
    for starts in ({word[:2]}, {word[0], word[1]}):
        counts = Counter[str]()
        for start in starts:
            for other, count in terms(start):
                counts[other] += count
        found = process.extract(
            word, counts.keys(), scorer=OSA.distance, score_cutoff=allowed, limit=None
        )
        by_nearness = sorted((far, -counts[other], other) for other, far, _ in found)
        yield from (other for _, _, other in by_nearness)
