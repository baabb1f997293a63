"""The same query asked of PostgreSQL: for memories that the index has not seen yet.

PostgreSQL filters. The words are then compared by the index's own analysis, so that a
memory is found alike before and after it is indexed.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import TextField
from django.db.models.functions import Cast, Lower

from memories.querysets import MemoryQuerySet
from memories.search.cards import Card, cards
from memories.search.index import AS_WRITTEN, STEMMED, stems
from memories.search.query import Clause, Kind, Query

LONGEST = 2000
"""How many waiting memories are looked through, the newest change first."""


def matching(memories: MemoryQuerySet, query: Query) -> list[tuple[UUID, float]]:
    """Return the memories that fit, each with the share of the query's words it has."""
    waiting = filtered(memories, query).order_by("-updated_at")[:LONGEST]
    found = [(card.id, _coverage(card, query)) for card in cards(waiting)]
    return sorted(
        (one for one in found if one[1] > 0), key=lambda one: one[1], reverse=True
    )


def filtered(memories: MemoryQuerySet, query: Query) -> MemoryQuerySet:
    """Apply the filters of a query, and not its words."""
    found = memories.occurring_between(query.start, query.end)
    if query.types:
        found = found.of_type(*query.types)
    if query.sources:
        found = found.annotate(source_folded=Lower("source")).filter(
            source_folded__in=[source.lower() for source in query.sources]
        )
    if query.owner:
        found = found.filter(owner__email__iexact=query.owner)
    if query.customer:
        found = found.filter(content__customer__iexact=query.customer)
    if query.tags:
        folded = Cast(Lower(Cast("tags", TextField())), ArrayField(TextField()))
        wanted: Any = [tag.lower() for tag in query.tags]
        found = found.annotate(tags_folded=folded).filter(tags_folded__contains=wanted)
    return found


def _coverage(card: Card, query: Query) -> float:
    """Return which share of the wanted clauses a card has; 0 when it does not fit."""
    fields = (card.title, card.text)
    stemmed = [STEMMED.analyze(text) for text in fields]
    written = {word for text in fields for word in AS_WRITTEN.analyze(text)}

    def has(clause: Clause) -> bool:
        if clause.kind is Kind.PREFIX:
            starts = tuple(AS_WRITTEN.analyze(clause.text))
            return bool(starts) and any(word.startswith(starts) for word in written)
        phrase = stems(clause)
        return any(_holds(words, phrase) for words in stemmed)

    if any(map(has, query.unwanted)):
        return 0.0
    if not query.wanted:
        return 1.0
    return sum(map(has, query.wanted)) / len(query.wanted)


def _holds(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Say whether a text has a phrase's words one after the other."""
    length = len(phrase)
    return length > 0 and any(
        words[start : start + length] == phrase
        for start in range(len(words) - length + 1)
    )
