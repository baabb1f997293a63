"""Paging that loses nothing and shows nothing twice while others are storing.

A listing by time goes on after the last memory shown. A ranking is kept for a quarter
of an hour in the cache, and its pages are cut from it; where the cache has lost it,
the search is run again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.core.cache import cache

from memories.search.query import Query
from memories.search.ranking import Ranked

RANKING_SECONDS = 15 * 60
_SALT = "memories.search.cursor"


class BadCursorError(ValueError):
    """The cursor is not one of ours, or belongs to another search."""

    def __init__(self) -> None:
        super().__init__("is not a cursor of this search; begin again without a cursor")


def fingerprint(query: Query, actor_id: int | None) -> str:
    """Name a search by what was asked and who asked."""
    asked = repr((sorted(asdict(query).items(), key=lambda pair: pair[0]), actor_id))
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


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


def after_time(state: Sequence[Any]) -> tuple[datetime, UUID]:
    """Return the last memory shown of a listing by time."""
    at, memory_id = state
    return datetime.fromisoformat(at), UUID(memory_id)


def keep(ranking: Sequence[Ranked]) -> str:
    """Keep a ranking for its further pages, and return its name."""
    name = uuid4().hex
    rows = [[one.id.hex, one.score, one.arm, one.rank] for one in ranking]
    cache.set(f"ranking:{name}", rows, timeout=RANKING_SECONDS)
    return name


def kept(name: str) -> list[Ranked] | None:
    """Return a kept ranking, None when the cache has lost it."""
    rows = cache.get(f"ranking:{name}")
    return rows and [Ranked(UUID(memory_id), *rest) for memory_id, *rest in rows]
