"""A page of memories, by a question that Django composes once for each role.

Composing it takes Django longer than PostgreSQL takes to answer it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TypedDict, cast
from uuid import UUID

from django.db.models import F
from django_stubs_ext import WithAnnotations

from accounts.actor import Actor, Channel
from accounts.models import User
from accounts.roles import Role
from memories.mediator.seeing import visible
from memories.models import Memory
from memories.querysets import as_text


class _OwnersAddress(TypedDict):
    owner_email: str


type _Owned = WithAnnotations[Memory, _OwnersAddress]

_ANYBODY, _ANY_TIME, _ANY_IDS = -1, datetime.min.replace(tzinfo=UTC), as_text(())


def read(*, actor: Actor, ids: Sequence[UUID], now: datetime) -> dict[UUID, Memory]:
    """Return those of some memories that the actor may see, with owners and counts."""
    reader = actor.reader
    sql, params = _question(reader.role if reader else None)
    values = {_ANY_TIME: now, _ANY_IDS: as_text(ids)}
    if reader:
        values[_ANYBODY] = reader.pk
    found = Memory.objects.raw(sql, [values.get(each, each) for each in params])
    memories: dict[UUID, Memory] = {}
    for memory in cast("Iterable[_Owned]", found):
        if memory.owner_id:
            memory.owner = User(pk=memory.owner_id, email=memory.owner_email)
        memories[memory.pk] = memory
    return memories


@cache
def _question(role: Role | None) -> tuple[str, Sequence[object]]:
    """Compose the question, with values that stand for those of each request."""
    anybody = None
    if role:
        anybody = User(pk=_ANYBODY)
        anybody.role = role
    page = (
        visible(Actor(user=anybody, channel=Channel.API), _ANY_TIME)
        .with_ids(())
        .with_counts()
        .annotate(owner_email=F("owner__email"))
    )
    return page.query.sql_with_params()
