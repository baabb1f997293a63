"""What a search reads again and again, by questions that Django composes once a role.

Composing one takes Django longer than PostgreSQL takes to answer it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypedDict, cast
from uuid import UUID

from django.db.models import F, QuerySet
from django_stubs_ext import WithAnnotations

from accounts.actor import Actor, Channel
from accounts.models import User
from accounts.roles import Role
from memories.mediator.seeing import visible
from memories.models import Memory
from memories.querysets import MemoryQuerySet, as_text
from memories.search import threads


class _OwnersAddress(TypedDict):
    owner_email: str


type _Owned = WithAnnotations[Memory, _OwnersAddress]
type _Question = Callable[[MemoryQuerySet], QuerySet[Memory, Any]]

_ANYBODY, _ANY_TIME, _ANY_IDS = -1, datetime.min.replace(tzinfo=UTC), as_text(())


def read(*, actor: Actor, ids: Sequence[UUID], now: datetime) -> dict[UUID, Memory]:
    """Return those of some memories that the actor may see, with owners and counts."""
    found = Memory.objects.raw(*_asked(_page, actor=actor, now=now, ids=ids))
    memories: dict[UUID, Memory] = {}
    for memory in cast("Iterable[_Owned]", found):
        if memory.owner_id:
            known = (memory.owner_id, memory.owner_email)
            memory.owner = User.from_db(found.db, ("id", "email"), known)
        memories[memory.pk] = memory
    return memories


def neighbours(
    *, actor: Actor, ids: Sequence[UUID], around: int, now: datetime
) -> Mapping[UUID, Sequence[UUID]]:
    """Return what stands around some memories, among what the actor may see.

    What it may not see keeps nothing else from being found, which would tell of it.
    """
    among = _asked(threads.turns, actor=actor, now=now) if actor.reader else None
    return threads.neighbours(ids, around=around, among=among)


def _page(memories: MemoryQuerySet) -> QuerySet[Memory, Any]:
    owned = memories.with_ids(()).with_counts()
    return owned.annotate(owner_email=F("owner__email"))


def _asked(
    question: _Question, *, actor: Actor, now: datetime, ids: Sequence[UUID] = ()
) -> tuple[str, list[object]]:
    """Return a question about what the actor may see, with this request's values."""
    reader = actor.reader
    sql, params = _composed(question, reader.role if reader else None)
    values: dict[object, object] = {_ANY_TIME: now, _ANY_IDS: as_text(ids)}
    if reader:
        values[_ANYBODY] = reader.pk
    return sql, [values.get(each, each) for each in params]


@cache
def _composed(question: _Question, role: Role | None) -> tuple[str, tuple[object, ...]]:
    """Compose a question, with values that stand for those of each request."""
    anybody = None
    if role:
        anybody = User(pk=_ANYBODY)
        anybody.role = role
    seen = visible(Actor(user=anybody, channel=Channel.API), _ANY_TIME)
    return question(seen).query.sql_with_params()
