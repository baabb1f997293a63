"""Reading a query the way people type it; nothing typed is an error."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Literal

from memories.schemas.registry import registry
from memories.schemas.search import SearchRequest
from memories.search import dates
from memories.search.words import LONGEST as LONGEST_WORD
from memories.search.words import MOST_IN_A_ROW, SMALL, asked_words, written

LONGEST = 2000
"""How many characters of a query are read."""
MOST = 32
"""How many clauses of a query are asked."""
MOST_COSTLY = 6
"""How many of them may be phrases, or prefixes of so few letters:"""
SHORT = 2

_LEADING = re.compile(r"^[\W_]+")
"""What stands before a prefix and is no letter or digit."""

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
"""What is typed for a quotation mark, by hand or by a word processor."""

type Field = Literal["type", "source", "tag", "owner", "customer"]
type Sort = Literal["relevance", "newest", "oldest"]
type Mode = Literal["hybrid", "lexical", "semantic"]

_TOKEN = re.compile(
    r"""
    (?P<not>-)?
    (?: (?P<filter>[a-z]+):(?=\S) )?
    (?: "(?P<phrase>[^"]*)"? | (?P<word>\S+) )
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Kind(Enum):
    """How a clause matches."""

    WORD = auto()
    PHRASE = auto()
    PREFIX = auto()


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that a memory's words are to contain, or not."""

    kind: Kind
    text: str
    negated: bool = False

    @property
    def parts(self) -> tuple[Sequence[str], str]:
        """The words that stand before a prefix's last one, and how that begins."""
        *before, start = asked_words(self.text)
        return before, start


@dataclass(frozen=True, slots=True)
class Filter:
    """A field that must have one of some values, or none of them; case is ignored."""

    field: Field
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search, read: the words to weigh, and the filters that decide."""

    clauses: tuple[Clause, ...] = ()
    filters: tuple[Filter, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    sort: Sort = "relevance"
    mode: Mode = "hybrid"
    sentence: str = ""
    """What is wanted as it was typed, for a model that reads sentences."""
    ignored: tuple[str, ...] = ()
    """Words that say too little to be searched for."""
    notes: tuple[str, ...] = ()
    """What the reader should know of how the query was read."""

    @property
    def words(self) -> tuple[Clause, ...]:
        """The words and prefixes, of which a result must have at least one."""
        return tuple(
            clause
            for clause in self.clauses
            if not clause.negated and clause.kind is not Kind.PHRASE
        )

    @property
    def has_words(self) -> bool:
        """Say whether anything weighs; phrases and beginnings only decide."""
        return any(clause.kind is Kind.WORD for clause in self.words)

    @property
    def phrases(self) -> tuple[Clause, ...]:
        """The phrases, all of which a result must have."""
        return tuple(
            clause
            for clause in self.clauses
            if not clause.negated and clause.kind is Kind.PHRASE
        )

    @property
    def wanted(self) -> tuple[Clause, ...]:
        """What a result is found by."""
        return tuple(clause for clause in self.clauses if not clause.negated)

    @property
    def unwanted(self) -> tuple[Clause, ...]:
        """What no result may have."""
        return tuple(clause for clause in self.clauses if clause.negated)

    def without_words(self) -> "Query":
        """Return what decides and does not weigh: filters, phrases and negations."""
        return replace(
            self,
            clauses=tuple(each for each in self.clauses if each not in self.words),
        )

    def since(self, start: datetime) -> "Query":
        """Return the query for what happened from a moment on, and no earlier."""
        return replace(self, start=max(start, self.start or start))

    def until(self, end: datetime) -> "Query":
        """Return the query for what happened before a moment, and no later."""
        return replace(self, end=min(end, self.end or end))

    @property
    def narrows(self) -> bool:
        """Say whether anything but words decides."""
        return bool(self.filters or self.phrases or self.unwanted or self.is_dated)

    @property
    def is_dated(self) -> bool:
        """Say whether it asks for a time of its own."""
        return self.start is not None or self.end is not None

    def values(self, field: Field, *, negated: bool = False) -> tuple[str, ...]:
        """Return what a field is filtered by."""
        return tuple(
            value
            for each in self.filters
            if each.field == field and each.negated is negated
            for value in each.values
        )

    def narrowed(self, field: Field, *values: str, negated: bool = False) -> "Query":
        """Return the query with one filter more.

        Values of one field are alternatives, but for tags, all of which must be there.
        """
        if not values:
            return self
        others = self.filters
        if field != "tag" and not negated:
            values = (*self.values(field), *values)
            others = tuple(
                each for each in others if each.negated or each.field != field
            )
        if field == "tag" and not negated:
            more = tuple(Filter(field, (value,)) for value in values)
        else:
            more = (Filter(field, values, negated),)
        return replace(self, filters=(*others, *more))


def read(request: SearchRequest, *, now: datetime, me: str | None = None) -> Query:
    """Return a request as a query; its text narrows what its fields let through.

    `me` is the e-mail address that `owner:me` stands for.
    """
    query = Query(
        start=request.from_, end=request.to, sort=request.sort, mode=request.mode
    )
    query = query.narrowed("type", *request.types)
    query = query.narrowed("source", *request.sources)
    query = query.narrowed("tag", *request.tags)
    query = query.narrowed("owner", *filter(None, [request.owner]))
    query = query.narrowed("customer", *filter(None, [request.customer]))
    inline = _Reading(replace(query, filters=()), now=now, me=me).read(request.query)
    return replace(inline, filters=(*query.filters, *inline.filters))


class _Reading:
    """The reading of one text, token by token."""

    def __init__(self, query: Query, *, now: datetime, me: str | None) -> None:
        self.query, self.now, self.me = query, now, me

    def read(self, text: str) -> Query:
        if len(text) > LONGEST:
            self.note(f"Only the first {LONGEST:,} characters were read.")
            text = text[:LONGEST].rpartition(" ")[0] or text[:LONGEST]
        text = text.translate(_QUOTES)
        for token in _TOKEN.finditer(self.without_stretches(text)):
            self.take(token)
        self.query = replace(
            self.query,
            sentence=" ".join(clause.text for clause in self.query.wanted),
        )
        self.query = _without_small_words(self.query)
        return self.within_limits()

    def note(self, note: str) -> None:
        self.query = replace(self.query, notes=(*self.query.notes, note))

    def without_stretches(self, text: str) -> str:
        """Turn `last 30 days`, and `before:` it, into filters, but not in quotes."""

        def cut(match: re.Match[str]) -> str:
            is_quoted = match.string.count('"', 0, match.start()) % 2 == 1
            is_read = not (is_quoted or match["not"])
            start = dates.moment(match["stretch"], now=self.now) if is_read else None
            if start is None:
                return match[0]
            is_before = (match["side"] or "").lower() == "before"
            narrowed = self.query.until if is_before else self.query.since
            self.query = narrowed(start)
            return " "

        return dates.STRETCH.sub(cut, text)

    def take(self, token: re.Match[str]) -> None:
        text = (token["word"] if token["phrase"] is None else token["phrase"]).strip()
        negated = token["not"] is not None
        reading = _FILTERS.get((token["filter"] or "").lower())
        if reading and not text:
            return
        narrowed = reading(self, text, negated=negated) if reading else None
        if narrowed:
            self.query = narrowed
            return
        if token["filter"]:
            text = f"{token['filter']}:{text}"
        clause = _clause(text, is_phrase=token["phrase"] is not None, negated=negated)
        if any(character.isalnum() for character in clause.text):
            self.query = replace(self.query, clauses=(*self.query.clauses, clause))

    def within_limits(self) -> Query:
        asked = list(dict.fromkeys(self.query.clauses))
        costly = [clause for clause in asked if _is_costly(clause)]
        kept = [clause for clause in asked if clause not in costly[MOST_COSTLY:]]
        if len(kept) > MOST or len(kept) < len(asked):
            self.note(
                f"Only the first {MOST} words were searched for, and {MOST_COSTLY} "
                "phrases and short beginnings among them."
            )
        if any(len(written(clause.text)) > MOST_IN_A_ROW for clause in kept):
            self.note(f"Only the first {MOST_IN_A_ROW} words of a phrase were read.")
        return replace(self.query, clauses=tuple(kept[:MOST]))

    def type(self, text: str, *, negated: bool) -> Query | None:
        known = registry().types
        for name in (text.lower(), text.lower().removesuffix("s")):
            if name in known:
                return self.query.narrowed("type", name, negated=negated)
        self.note(f"There is no type {text!r}; the types are {', '.join(known)}.")
        return None

    def source(self, text: str, *, negated: bool) -> Query | None:
        return self.query.narrowed("source", text, negated=negated)

    def tag(self, text: str, *, negated: bool) -> Query | None:
        return self.query.narrowed("tag", text, negated=negated)

    def customer(self, text: str, *, negated: bool) -> Query | None:
        return self.query.narrowed("customer", text, negated=negated)

    def owner(self, text: str, *, negated: bool) -> Query | None:
        email = self.me if self.me and text.lower() == "me" else text
        return self.query.narrowed("owner", email, negated=negated)

    def after(self, text: str, *, negated: bool) -> Query | None:
        start = None if negated else self.moment(text)
        return self.query.since(start) if start else None

    def before(self, text: str, *, negated: bool) -> Query | None:
        end = None if negated else self.moment(text)
        return self.query.until(end) if end else None

    def moment(self, text: str) -> datetime | None:
        found = dates.moment(text, now=self.now)
        if found is None:
            self.note(
                f"{text!r} is not a date that is understood, so it was searched for; "
                'try 2026-03-31, "last monday" or "30 days ago".'
            )
        return found


_FILTERS: dict[str, Callable[..., Query | None]] = {
    "type": _Reading.type,
    "source": _Reading.source,
    "tag": _Reading.tag,
    "customer": _Reading.customer,
    "owner": _Reading.owner,
    "after": _Reading.after,
    "before": _Reading.before,
}
"""The inline filters; one whose text makes no sense is read as a word instead."""


def _clause(text: str, *, is_phrase: bool, negated: bool) -> Clause:
    if is_phrase:
        return Clause(Kind.PHRASE, text, negated)
    before, star, rest = text.partition("*")
    start = _LEADING.sub("", before)
    ends_there = start[-1:].isalnum() and not any(map(str.isalnum, rest))
    if star and ends_there and len(start) <= LONGEST_WORD and asked_words(start):
        return Clause(Kind.PREFIX, start, negated)
    return Clause(Kind.WORD, text, negated)


def _is_costly(clause: Clause) -> bool:
    """Say whether many memories must be looked at for it."""
    short = clause.kind is Kind.PREFIX and len(clause.parts[1]) <= SHORT
    return clause.kind is Kind.PHRASE or short


def _without_small_words(query: Query) -> Query:
    """Drop what, the and their like, where something is left without them."""
    small = tuple(
        clause
        for clause in query.words
        if clause.kind is Kind.WORD and _is_small(clause.text)
    )
    if len(small) == len(query.wanted):
        return query
    return replace(
        query,
        clauses=tuple(clause for clause in query.clauses if clause not in small),
        ignored=tuple(clause.text for clause in small),
    )


def _is_small(text: str) -> bool:
    words = written(text)
    return bool(words) and SMALL.issuperset(words)
