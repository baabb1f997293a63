"""Which memories stand just before and after one in the same conversation."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import connection

from memories.models import Memory

AROUND = 2
"""How many neighbours count on each side."""

_NEIGHBOURS = """
    SELECT one.id, other.id
      FROM memories_memory AS one
     CROSS JOIN LATERAL (
        (SELECT id, occurred_at
           FROM memories_memory
          WHERE source = one.source
            AND content ->> 'session_id' = one.content ->> 'session_id'
            AND (occurred_at, id) < (one.occurred_at, one.id)
          ORDER BY occurred_at DESC, id DESC
          LIMIT %(around)s)
        UNION ALL
        (SELECT id, occurred_at
           FROM memories_memory
          WHERE source = one.source
            AND content ->> 'session_id' = one.content ->> 'session_id'
            AND (occurred_at, id) > (one.occurred_at, one.id)
          ORDER BY occurred_at, id
          LIMIT %(around)s)
     ) AS other
     WHERE one.id = ANY(%(ids)s) AND one.content ->> 'session_id' IS NOT NULL
     ORDER BY one.id, other.occurred_at, other.id
"""


def name(memory: Memory) -> str:
    """Return the name of the conversation that a memory is a turn of, or nothing."""
    session = memory.content.get("session_id")
    return f"{memory.source}\n{session}" if session else ""


def neighbours(
    ids: Iterable[UUID], *, around: int = AROUND
) -> Mapping[UUID, Sequence[UUID]]:
    """Return the nearest memories of the same conversation for each id, in order."""
    asked = list(ids)
    found: dict[UUID, list[UUID]] = {}
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(_NEIGHBOURS, {"ids": asked, "around": around})
            for one, other in cursor.fetchall():
                found.setdefault(one, []).append(other)
    return found
