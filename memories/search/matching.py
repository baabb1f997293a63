"""Turning a query into the index's own: which fields, how heavy, which filters."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import tantivy
from tantivy import FieldType, Occur
from tantivy import Query as Match

from memories.search.query import Clause, Kind, Query
from memories.search.words import asked_stems

WEIGHTS: Mapping[str, float] = {
    "title": 1.5,
    "text": 1.0,
    "about": 1.0,
    "remarks": 0.5,
    "context": 0.35,
}
"""The fields that words are looked for in, and what a match in each is worth."""

BEYOND = "context_beyond"
"""The field that is read for those alone who see everything."""

OWN = ("title", "text", "about", "remarks")
"""The fields of a memory's own words, where phrases are looked for."""

PREFIX_SCORE = 2.0

type Ring = Literal["thread", "circle"]
"""All turns of a conversation, or those that have the same readers."""

FILTERS = ("type", "source", "tag", "owner", "customer")
FACETS = (*FILTERS, "month")


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    for name in ("id_high", "id_low"):
        builder.add_unsigned_field(name, fast=True)
    for name in (*WEIGHTS, BEYOND):
        option = "freq" if name.startswith("context") else "position"
        builder.add_text_field(name, tokenizer_name="stemmed", index_option=option)
    builder.add_text_field("words", tokenizer_name="as_written", index_option="basic")
    for name in FACETS:
        builder.add_text_field(
            name, tokenizer_name="folded", index_option="basic", fast=True
        )
    builder.add_text_field("reader", tokenizer_name="raw", index_option="basic")
    for name in ("thread", "circle"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    builder.add_integer_field("occurred_at", indexed=True, fast=True)
    for name in ("disputed", "superseded", "turn"):
        builder.add_boolean_field(name, fast=True)
    builder.add_text_field("replaces", tokenizer_name="raw", index_option="basic")
    for name in ("replaces_high", "replaces_low"):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


SCHEMA = _schema()


class Rarity(Protocol):
    """How much the words of a query tell, as its readers may know."""

    def of(self, stem: str) -> float:
        """Return what a word tells: its inverse frequency among what they may read."""

    def in_index(self, field: str, stem: str) -> float:
        """Return what the index itself makes of a word of a field."""

    def is_widespread(self, stem: str) -> bool:
        """Say whether so many have a word that it is looked for around no other."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Whose eyes the index is looked at with; who has no names sees everything."""

    names: tuple[str, ...] | None

    @property
    def fields(self) -> Mapping[str, float]:
        """The fields that words are looked for in, with their weights."""
        if self.names is None:
            return {**WEIGHTS, BEYOND: WEIGHTS["context"]}
        return WEIGHTS

    def conditions(self) -> Iterator[Match]:
        """Narrow to what these readers may read."""
        if self.names is not None:
            yield Match.term_set_query(SCHEMA, "reader", list(self.names))


EVERYBODY = Readers(None)
"""The readers who see everything."""


def allowed(query: Query, readers: Readers) -> Match:
    """Match what fits the filters, the phrases and the negations of a query."""
    phrases = [(Occur.Must, having(clause)) for clause in query.phrases]
    return _all([*phrases, *_conditions(query, readers)])


def allowed_of(ids: Iterable[UUID], query: Query, readers: Readers) -> Match:
    """Match those of some memories that fit all of a query but its words.

    A phrase is looked for in them field by field: the index would go through all that
    have it in any field, and only then look whose they are.
    """
    some = among(ids)
    phrases = (
        _only(any_of(all_of(some, each) for each in _in_own(clause)))
        for clause in query.phrases
    )
    conditions = [some, *phrases]
    return _all(
        [*((Occur.Must, each) for each in conditions), *_conditions(query, readers)]
    )


def fitting(query: Query, readers: Readers, rarity: Rarity) -> Match:
    """Match what fits a whole query, and score it by its words."""
    conditions = [
        (Occur.Must, any_of(_weighed(clause, readers, rarity)))
        for clause in query.phrases
    ]
    conditions += _conditions(query, readers)
    words = any_of(
        each for clause in query.words for each in _weighed(clause, readers, rarity)
    )
    if not query.words:
        return _all(conditions)
    if not conditions:
        # In a bare list of words the index skips what cannot reach the first hits.
        return words
    return _all([(Occur.Must, words), *conditions])


def any_of(matches: Iterable[Match]) -> Match:
    """Match what fits at least one of some."""
    return Match.boolean_query([(Occur.Should, each) for each in matches])


def among(ids: Iterable[UUID]) -> Match:
    """Match some memories by their ids."""
    # One by one: a set of terms is looked for along the whole of the dictionary.
    return _only(any_of(Match.term_query(SCHEMA, "id", str(each)) for each in ids))


def having(clause: Clause) -> Match:
    """Match what has a clause in its own words; what stands around it counts not."""
    return _only(any_of(_in_own(clause)))


def one_of(field: str, values: Iterable[str]) -> Match:
    """Match what has one of some values in a field; case is ignored."""
    folded = [value.lower() for value in values]
    return _only(Match.term_set_query(SCHEMA, field, folded))


def with_stem(stem: str) -> Match:
    """Match what has a word among its own."""
    return any_of(_term(name, [stem]) for name in OWN)


def at_or(side: Literal["before", "after"], moment: datetime) -> Match:
    """Match what happened at a moment, or on one side of it."""
    lower, upper = (None, moment) if side == "before" else (moment, None)
    return _only(_occurring(lower, upper, include_upper=True))


REPLACING = Match.exists_query("replaces_low")
"""Match what takes the place of anything."""


def replacing(ids: Iterable[UUID]) -> Match:
    """Match what takes the place of one of some memories."""
    return _only(Match.term_set_query(SCHEMA, "replaces", [str(one) for one in ids]))


def in_same(ring: Ring, number: int) -> Match:
    """Match the turns of one conversation, all or those with the same readers."""
    return _only(Match.term_query(SCHEMA, ring, number))


def number_of(name: str) -> int:
    """Return the number of a conversation or a part of one; 0 is none."""
    if not name:
        return 0
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def all_of(*matches: Match) -> Match:
    """Match what fits all of some."""
    return Match.boolean_query([(Occur.Must, each) for each in matches])


def but_not(match: Match, other: Match) -> Match:
    """Match what fits one and not the other."""
    return Match.boolean_query([(Occur.Must, match), (Occur.MustNot, other)])


def _weighed(clause: Clause, readers: Readers, rarity: Rarity) -> Iterator[Match]:
    """Score a clause in each field by what it tells.

    The index's own score counts what some readers may not see, in how rare a word is
    and how long a field is. For them a word has one score, wherever it stands; for the
    others the index's idea of its rarity is taken out.
    """
    if clause.kind is Kind.PREFIX:
        yield Match.const_score_query(_prefix(clause), PREFIX_SCORE)
        return
    words = asked_stems(clause.text)
    told = max(map(rarity.of, words), default=0.0)
    is_word = clause.kind is Kind.WORD and len(words) == 1
    is_lent = is_word and not rarity.is_widespread(words[0])
    for name, weight in readers.fields.items():
        if name not in OWN and not is_lent:
            continue
        if is_word and readers.names is None:
            boost = weight * told / rarity.in_index(name, words[0])
            yield Match.boost_query(_term(name, words), boost)
        else:
            yield Match.const_score_query(_term(name, words), weight * told)


def _conditions(query: Query, readers: Readers) -> list[tuple[Occur, Match]]:
    conditions = [(Occur.MustNot, having(clause)) for clause in query.unwanted]
    for each in query.filters:
        occur = Occur.MustNot if each.negated else Occur.Must
        conditions.append((occur, one_of(each.field, each.values)))
    conditions += [(Occur.Must, _only(each)) for each in readers.conditions()]
    if query.is_dated:
        within = _occurring(query.start, query.end, include_upper=False)
        conditions.append((Occur.Must, _only(within)))
    return conditions


def _in_own(clause: Clause) -> Iterator[Match]:
    """Match a clause in each of the fields of a memory's own words."""
    if clause.kind is Kind.PREFIX:
        yield _prefix(clause)
        return
    for name in OWN:
        yield _term(name, asked_stems(clause.text))


def _all(conditions: list[tuple[Occur, Match]]) -> Match:
    if all(occur is Occur.MustNot for occur, _ in conditions):
        conditions = [(Occur.Must, Match.all_query()), *conditions]
    return Match.boolean_query(conditions)


def _only(match: Match) -> Match:
    """Let a condition decide without a say in the score."""
    return Match.const_score_query(match, 0.0)


def _prefix(clause: Clause) -> Match:
    """Match what has a word that begins so, and those that stand before it."""
    before, start = clause.parts
    begun = Match.regex_query(SCHEMA, "words", f"{start}.*")
    words = (_only(Match.term_query(SCHEMA, "words", word)) for word in before)
    return all_of(begun, *words)


def _term(field: str, words: Sequence[str]) -> Match:
    match words:
        case []:
            return Match.empty_query()
        case [word]:
            return Match.term_query(SCHEMA, field, word)
        case _:
            return Match.phrase_query(SCHEMA, field, list(words))


def _occurring(
    start: datetime | None, end: datetime | None, *, include_upper: bool
) -> Match:
    return Match.range_query(
        SCHEMA,
        "occurred_at",
        FieldType.Integer,
        micros(start) if start else None,
        micros(end) if end else None,
        include_upper=include_upper or end is None,
    )


def micros(moment: datetime) -> int:
    """Return a moment as the index keeps it."""
    return round(moment.timestamp() * 1_000_000)
