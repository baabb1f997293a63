"""Which memories stand just before and after one in the same conversation."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from memories.models import Memory
from memories.querysets import MemoryQuerySet

AROUND = 2
"""How many neighbours count on each side."""

_NEIGHBOURS = """
    SELECT one.id, other.id
      FROM memories_memory AS one
     CROSS JOIN LATERAL (
        (SELECT id, occurred_at
           FROM ({turns}) AS turn
          WHERE source = one.source
            AND content ->> 'session_id' = one.content ->> 'session_id'
            AND (occurred_at, id) < (one.occurred_at, one.id)
            AND turn.id <> ALL(%s::uuid[]) {narrowed}
          ORDER BY occurred_at DESC, id DESC
          LIMIT %s)
        UNION ALL
        (SELECT id, occurred_at
           FROM ({turns}) AS turn
          WHERE source = one.source
            AND content ->> 'session_id' = one.content ->> 'session_id'
            AND (occurred_at, id) > (one.occurred_at, one.id)
            AND turn.id <> ALL(%s::uuid[]) {narrowed}
          ORDER BY occurred_at, id
          LIMIT %s)
     ) AS other
     WHERE one.id = ANY(%s) AND one.content ->> 'session_id' IS NOT NULL
     ORDER BY one.id, other.occurred_at, other.id
"""

_IN_CIRCLE = """
            AND turn.owner_id IS NOT DISTINCT FROM one.owner_id
            AND turn.stored_by_id IS NOT DISTINCT FROM one.stored_by_id
            AND ARRAY(SELECT DISTINCT user_id
                        FROM memories_memoryuserpermission
                       WHERE content_object_id = turn.id ORDER BY 1)
              = ARRAY(SELECT DISTINCT user_id
                        FROM memories_memoryuserpermission
                       WHERE content_object_id = one.id ORDER BY 1)
            AND ARRAY(SELECT DISTINCT group_id
                        FROM memories_memorygrouppermission
                       WHERE content_object_id = turn.id ORDER BY 1)
              = ARRAY(SELECT DISTINCT group_id
                        FROM memories_memorygrouppermission
                       WHERE content_object_id = one.id ORDER BY 1)
"""


def name(memory: Memory) -> str:
    """Return the name of the conversation that a memory is a turn of, or nothing."""
    session = memory.content.get("session_id")
    return f"{memory.source}\n{session}" if session else ""


def circle(name: str, readers: Iterable[str]) -> str:
    """Return the name of a conversation's turns that have the same readers."""
    return "\n".join((name, *sorted(readers))) if name else ""


def turns(memories: MemoryQuerySet) -> QuerySet[Memory, Any]:
    """Return what `neighbours` needs to know of memories."""
    return memories.order_by().values("id", "source", "content", "occurred_at")


def neighbours(
    ids: Iterable[UUID],
    *,
    around: int = AROUND,
    among: tuple[str, Sequence[Any]] | None = None,
    in_circle: bool = False,
    without: Collection[UUID] = (),
) -> Mapping[UUID, Sequence[UUID]]:
    """Return the nearest memories of the same conversation for each id, in order.

    What is not `among` the turns that some SQL asks for, has other readers where they
    are to be `in_circle`, or is one of those that it is to be `without`, counts as not
    there, and takes no other's place.
    """
    asked, hidden = list(ids), list(without)
    found: dict[UUID, list[UUID]] = {}
    if asked:
        sql, narrowed_by = among or ("TABLE memories_memory", ())
        with connection.cursor() as cursor:
            cursor.execute(
                _NEIGHBOURS.format(turns=sql, narrowed=_IN_CIRCLE if in_circle else ""),
                [*2 * [*narrowed_by, hidden, around], asked],
            )
            for one, other in cursor.fetchall():
                found.setdefault(one, []).append(other)
    return found
