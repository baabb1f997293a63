"""Reading a query the way people type it; nothing typed is an error."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Literal

from memories.schemas.search import SearchRequest

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


@dataclass(frozen=True, slots=True)
class Query:
    """A search, read: the words to weigh, and the filters that decide."""

    clauses: tuple[Clause, ...] = ()
    types: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    owner: str | None = None
    customer: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    sort: Literal["relevance", "newest", "oldest"] = field(default="relevance")

    @property
    def wanted(self) -> tuple[Clause, ...]:
        """The clauses that a result must have at least one of."""
        return tuple(clause for clause in self.clauses if not clause.negated)

    @property
    def unwanted(self) -> tuple[Clause, ...]:
        """The clauses that no result may have."""
        return tuple(clause for clause in self.clauses if clause.negated)


def read(request: SearchRequest) -> Query:
    """Return a request as a query, its inline filters merged with its fields."""
    query = Query(
        types=tuple(request.types),
        sources=tuple(request.sources),
        tags=tuple(request.tags),
        owner=request.owner,
        customer=request.customer,
        start=request.from_,
        end=request.to,
        sort=request.sort,
    )
    for token in _TOKEN.finditer(request.query):
        query = _with_token(query, token)
    return query


def _with_token(query: Query, token: re.Match[str]) -> Query:
    negated = token["not"] is not None
    is_phrase = token["phrase"] is not None
    text = (token["phrase"] if is_phrase else token["word"]).strip()
    apply = _FILTERS.get((token["filter"] or "").lower())
    if apply and text and not negated:
        narrowed = apply(query, text)
        if narrowed is not None:
            return narrowed
    if token["filter"]:
        text = f"{token['filter']}:{text}"
    if not any(character.isalnum() for character in text):
        return query
    if is_phrase:
        clause = Clause(Kind.PHRASE, text, negated)
    elif text.endswith("*") and text.rstrip("*").isalnum():
        clause = Clause(Kind.PREFIX, text.rstrip("*"), negated)
    else:
        clause = Clause(Kind.WORD, text, negated)
    return replace(query, clauses=(*query.clauses, clause))


def _day(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _after(query: Query, text: str) -> Query | None:
    moment = _day(text)
    return replace(query, start=moment) if moment else None


def _before(query: Query, text: str) -> Query | None:
    moment = _day(text)
    return replace(query, end=moment) if moment else None


_FILTERS: dict[str, Callable[[Query, str], Query | None]] = {
    "type": lambda query, text: replace(query, types=(*query.types, text.lower())),
    "source": lambda query, text: replace(query, sources=(*query.sources, text)),
    "tag": lambda query, text: replace(query, tags=(*query.tags, text)),
    "owner": lambda query, text: replace(query, owner=text),
    "customer": lambda query, text: replace(query, customer=text),
    "after": _after,
    "before": _before,
}
"""The inline filters; one whose text makes no sense is read as a word instead."""
