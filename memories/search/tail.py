"""What the index has not seen yet: the end of the journal, kept in memory.

A memory changes, and until the indexer has followed, the index knows it in its old
version or not at all. Each process keeps the cards of these memories, made once for
each change, and compares them by the index's own analysis: a memory is found alike
before and after it is indexed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from horizon.order import Position
from journal.log import Mark
from memories.search import matching, threads
from memories.search.cards import Card, bare_cards, cards
from memories.search.index import Index
from memories.search.matching import FACETS, Rarity, Readers
from memories.search.query import Clause, Filter, Kind, Query
from memories.search.snapshot import Counts, Hit
from memories.search.words import asked_stems, stems, written

LONGEST = 2000
"""How many changes are looked through; past them, PostgreSQL answers."""
_EXPIRED = 0
"""The number and version of a change that is not in the journal."""

type Cards = Mapping[UUID, "Waiting | None"]
"""What a change has touched; None is gone."""


class Waiting:
    """One memory that waits for the index, its words as the index will have them."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.own = [list(stems(text)) for text in card.words.values()]
        self.values: Mapping[str, Collection[str]] = {
            "type": [card.type],
            "source": [card.source],
            "tag": list(card.tags),
            "owner": [card.owner] if card.owner else [],
            "customer": [card.customer] if card.customer else [],
            "month": [card.month],
        }
        self._folded = {
            name: {value.lower() for value in values}
            for name, values in self.values.items()
        }

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its own words."""
        return frozenset(word for words in self.own for word in words)

    @cached_property
    def written(self) -> frozenset[str]:
        """Its own words as they are written."""
        texts = self.card.words.values()
        return frozenset(word for text in texts for word in written(text))

    @cached_property
    def around(self) -> frozenset[str]:
        """The stems around it that whoever reads it may read."""
        return frozenset(stems(self.card.context))

    @cached_property
    def around_and_beyond(self) -> frozenset[str]:
        """The stems around it."""
        return self.around | frozenset(stems(self.card.context_beyond))

    def hit(self, score: float) -> Hit:
        """Return it as the index would."""
        card = self.card
        return Hit(
            *(card.id, score, card.occurred_at),
            *(card.is_disputed, card.is_superseded, bool(card.thread)),
        )

    def may_be_read(self, readers: Readers, now: datetime) -> bool:
        """Say whether these readers may know of it."""
        expires_at = self.card.expires_at
        if expires_at is not None and expires_at <= now:
            return False
        return readers.names is None or not set(readers.names).isdisjoint(
            self.card.readers
        )

    def fits(self, query: Query) -> bool:
        """Say whether it passes the filters, the phrases and the negations."""
        card = self.card
        return (
            not (query.start and card.occurred_at < query.start)
            and not (query.end and card.occurred_at >= query.end)
            and all(map(self._passes, query.filters))
            and all(map(self.has, query.phrases))
            and not any(map(self.has, query.unwanted))
        )

    def is_filed_under(
        self, *, customer: str | None, tags: Iterable[str], thread: str
    ) -> bool:
        """Say whether it has a customer, a tag or a conversation in common."""
        folded = {tag.lower() for tag in tags}
        return (
            (bool(customer) and str(customer).lower() in self._folded["customer"])
            or not folded.isdisjoint(self._folded["tag"])
            or (bool(thread) and self.card.thread == thread)
        )

    def coverage(self, query: Query, readers: Readers, rarity: Rarity) -> float:
        """Return how much of what the query's words tell it has; 0 is nothing."""
        if not query.words:
            return 1.0
        around = self.around_and_beyond if readers.names is None else self.around
        told = had = 0.0
        for clause in query.words:
            words = asked_stems(clause.text)
            weight = max(map(rarity.of, words), default=1.0)
            told += weight
            if self.has(clause):
                had += weight
            elif len(words) == 1 and _is_around(words[0], around, rarity):
                had += weight / 3
        return had / told if told else 0.0

    def _passes(self, condition: Filter) -> bool:
        wanted = {value.lower() for value in condition.values}
        return wanted.isdisjoint(self._folded[condition.field]) is condition.negated

    def has(self, clause: Clause) -> bool:
        """Say whether a clause stands in its own words."""
        if clause.kind is Kind.PREFIX:
            before, start = clause.parts
            begun = any(word.startswith(start) for word in self.written)
            return begun and self.written.issuperset(before)
        phrase = list(asked_stems(clause.text))
        if len(phrase) == 1:
            return phrase[0] in self.stems
        return any(_holds(words, phrase) for words in self.own)


@dataclass(frozen=True, slots=True)
class Found:
    """A waiting memory that fits, and how much of the query it has."""

    hit: Hit
    coverage: float


@dataclass(frozen=True, slots=True)
class Unseen:
    """The memories that the index has yet to see: changed, deleted, or beside such."""

    ids: frozenset[UUID]
    waiting: Sequence[Waiting]
    changed_for_all: frozenset[UUID]
    """Those of them that are not as they were for whoever may read them."""

    def seen_by(self, readers: Readers) -> "Unseen":
        """Leave out what is as it was for some readers.

        That it waits would tell them that something which they may not see happened
        beside it.
        """
        if readers.names is None:
            return self
        ids = self.changed_for_all
        waiting = [one for one in self.waiting if one.card.id in ids]
        return Unseen(ids, waiting, ids)

    def but_not(self, expired: Set[UUID]) -> "Unseen":
        """Leave out what has expired, however long it was to live when it changed."""
        if expired.isdisjoint(self.ids):
            return self
        waiting = [one for one in self.waiting if one.card.id not in expired]
        return replace(self, waiting=waiting)

    def find(
        self, query: Query, *, readers: Readers, rarity: Rarity, now: datetime
    ) -> list[Found]:
        """Return those that fit and may be known of, the best first."""
        found = [
            Found(one.hit(coverage), coverage)
            for one in self.waiting
            if one.may_be_read(readers, now)
            and one.fits(query)
            and (coverage := one.coverage(query, readers, rarity)) > 0
        ]
        return sorted(found, key=lambda one: -one.coverage)

    def knows(self, clause: Clause, *, readers: Readers, now: datetime) -> bool:
        """Say whether one that may be known of has a clause."""
        return any(
            one.has(clause) and one.may_be_read(readers, now) for one in self.waiting
        )


def facets(waiting: Iterable[Waiting]) -> Counts:
    """Count waiting memories by each facet's values."""
    counts: Counts = {name: Counter() for name in FACETS}
    for one in waiting:
        for name, values in one.values.items():
            counts[name].update(values)
    return counts


class Tail:
    """The unseen end of the journal, as far as this process has looked at it.

    What is new lends its words to the conversation around it, and is lent words by it,
    only once it is indexed. What is taken away is taken at once.
    """

    def __init__(self) -> None:
        self._known: Mapping[Mark, _Known] = {}

    def unseen(
        self,
        index: Index,
        changes: Sequence[Mark],
        place: Position,
        *,
        expired: Collection[UUID] = (),
    ) -> Unseen | None:
        """Return what some changes touched; None when it is too much to look through.

        That something has expired is a change that no journal tells of.
        Every change is looked up once, and again when the index has moved: it may have
        brought words along that were taken away since. What was looked up last is the
        newest.
        """
        changes = [*changes, *(Mark(one, _EXPIRED, _EXPIRED) for one in expired)]
        if len(changes) > LONGEST:
            return None
        waiting = set(changes)
        heard_of = list(self._known.values())
        old = {
            change: known
            for change, known in self._known.items()
            if change in waiting and known.at in {None, place}
        }
        fresh = [change for change in changes if change not in old]
        looked_up = _look_up(fresh, index, heard_of, place, expired) if fresh else {}
        self._known = {**old, **looked_up}
        newest: dict[UUID, Waiting | None] = {}
        changed: set[UUID] = set()
        for known in (*old.values(), *looked_up.values()):
            newest |= known.cards
            changed |= known.circle
        waiting_ = [one for one in newest.values() if one]
        return Unseen(frozenset(newest), waiting_, frozenset(changed))


class _Known(NamedTuple):
    """What a change touched, and where the index was when that was looked up.

    What is new, the index cannot have had otherwise: it is good for any place.
    """

    cards: Cards
    circle: Set[UUID]
    """Those of them that it changed for whoever may read them."""
    at: Position | None


class Touched(NamedTuple):
    """The memories whose cards a change may have changed."""

    circle: set[UUID]
    """Itself, and the turns beside it that have, or had, the same readers."""
    near: set[UUID]
    """The turns beside it: what they lend and are lent, few may see."""

    @property
    def all(self) -> set[UUID]:
        """All of them."""
        return self.circle | self.near


def touched(ids: Collection[UUID], index: Index) -> Mapping[UUID, Touched]:
    """Return the memories whose cards the change of each memory may have changed.

    What stands beside a memory has its words as context, where it is and where it was.
    """
    before, now = index.snapshot(), threads.neighbours
    near, was_near = now(ids), before.beside(ids, "thread")
    circle, was_circle = now(ids, in_circle=True), before.beside(ids, "circle")
    return {
        one: Touched(
            {one, *circle.get(one, ()), *was_circle.get(one, ())},
            {*near.get(one, ()), *was_near.get(one, ())},
        )
        for one in ids
    }


def _look_up(
    changes: Collection[Mark],
    index: Index,
    heard_of: Collection[_Known],
    place: Position,
    expired: Collection[UUID],
) -> Mapping[Mark, _Known]:
    """Return what some changes touched, those of new memories in one query."""
    new = _new(changes, index, heard_of).difference(expired)
    changed = {change.key for change in changes} - new
    around = dict(touched(changed, index)) if changed else {}
    for key, ids in around.items():
        # One that is gone, or elsewhere, before the index had it stood beside others
        # when it was looked up last, and nobody else knows.
        for known in heard_of:
            if key in known.cards:
                ids.near.update(known.cards)
                ids.circle.update(known.circle if key in known.circle else ())
    wanted = {one for ids in around.values() for one in ids.all}
    found = {card.id: Waiting(card) for card in bare_cards(new)}
    if wanted:
        for card in cards(wanted, without=expired):
            found[card.id] = Waiting(card)
    around |= {key: Touched({key}, set()) for key in new}
    return {
        change: _Known(
            {one: found.get(one) for one in around[change.key].all},
            around[change.key].circle,
            None if change.key in new else place,
        )
        for change in changes
    }


def _new(
    changes: Iterable[Mark], index: Index, heard_of: Iterable[_Known]
) -> set[UUID]:
    """Return the keys that nobody has heard of before."""
    first = {change.key for change in changes if change.version == 1}
    known = {key for one in heard_of for key in one.cards}
    indexed = matching.among(first)
    found = index.snapshot().some(indexed, limit=len(first)) if first else ()
    return first - known - {hit.id for hit in found}


def _is_around(word: str, around: Set[str], rarity: Rarity) -> bool:
    return word in around and not rarity.is_widespread(word)


def _holds(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Say whether a text has a phrase's words one after the other."""
    length = len(phrase)
    return length > 0 and any(
        words[start : start + length] == phrase
        for start in range(len(words) - length + 1)
    )
