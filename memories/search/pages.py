"""Paging that loses nothing and shows nothing twice while others are storing.

A listing by time goes on after the last memory shown. A ranking is kept for a quarter
of an hour in the cache, from its second page on, and its pages are cut from it; where
the cache has lost it, the search is run again, and the answer says so.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.core.cache import cache
from pydantic import TypeAdapter

from memories.schemas.search import SearchRequest
from memories.search.query import Mode
from memories.search.ranking import Ranked

RANKING_SECONDS = 15 * 60
LOST = (
    "The order of the pages before is lost, so this one may repeat or pass over some "
    "results; search again without a cursor to see each once."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A ranking, and what every page of it says."""

    ranked: list[Ranked]
    besides: list[UUID]
    """Which of them the query's words do not find."""
    total: int
    total_is_exact: bool
    mode: Mode
    has_more: bool
    """Whether more were found than are ranked."""

    def after(self, seen: Collection[UUID]) -> "Kept":
        """Put what was seen before all else, so that it is not shown again."""
        first = [Ranked(one, 0.0) for one in seen]
        rest = [one for one in self.ranked if one.id not in seen]
        return replace(self, ranked=[*first, *rest])


_KEPT = TypeAdapter(Kept)
_SALT = "memories.search.cursor"


class BadCursorError(ValueError):
    """The cursor is not one of ours, or belongs to another search."""

    def __init__(self) -> None:
        super().__init__("is not a cursor of this search; begin again without a cursor")


def fingerprint(request: SearchRequest, actor_id: int | None) -> str:
    """Name a search by what was asked and who asked."""
    asked = request.model_dump_json(exclude={"cursor", "limit", "facets"})
    return hashlib.sha256(f"{actor_id} {asked}".encode()).hexdigest()[:16]


def seal(search: str, state: Sequence[Any]) -> str:
    """Return a cursor: opaque, and good for one search only."""
    return signing.dumps([search, *state], salt=_SALT, compress=True)


def unseal(search: str, cursor: str) -> list[Any]:
    """Return what a cursor says.

    Raises:
        BadCursorError: it was not sealed for this search.
    """
    try:
        loaded: list[Any] = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError):
        raise BadCursorError from None
    if loaded[0] != search:
        raise BadCursorError
    return loaded[1:]


def went_on_from(state: Sequence[Any] | None) -> tuple[str | None, int, set[UUID]]:
    """Return which ranking to go on with, and where; or what the first page showed."""
    match state:
        case [str(key), int(offset)]:
            return key, offset, set()
        case _:
            return None, 0, set(map(UUID, state or ()))


def after_time(state: Sequence[Any]) -> tuple[datetime, UUID]:
    """Return the last memory shown of a listing by time."""
    at, memory_id = state
    return datetime.fromisoformat(at), UUID(memory_id)


def keep(ranking: Kept) -> str:
    """Keep a ranking for its further pages, and return its name."""
    name = uuid4().hex
    text = _KEPT.dump_json(ranking).decode()
    cache.set(f"ranking:{name}", text, timeout=RANKING_SECONDS)
    return name


def kept(name: str) -> Kept | None:
    """Return a kept ranking, None when the cache has lost it."""
    found = cache.get(f"ranking:{name}")
    return found and _KEPT.validate_json(found)
