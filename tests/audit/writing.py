"""Records and blocks for tests, in the audit's words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.actor import Channel, Stranger
from audit import trail
from audit.models import Block, Record
from memories.sealing import seal_audit
from tests.factories import NOW
from tests.sessions import settle

LATER = NOW + timedelta(minutes=5)
GUARDED = ("audit_record", "audit_block", "audit_subject")


def write(count: int = 1, *, at: datetime = NOW, behalf: str = "") -> list[Record]:
    """Record some accesses, each by somebody else to another memory."""
    for number in range(count):
        who = Stranger(
            actor_name=f"person{number}@example.com",
            behalf_name=behalf,
            channel=Channel.API,
            ip="192.0.2.7",
            user_agent="a browser",
            request_id=f"request-{number}",
        )
        trail.record(
            trail.Access(
                accessor=who,
                action="search",
                at=at + timedelta(seconds=number),
                memory_ids=[UUID(int=number)],
                query=f"query {number}",
                returned=1,
            )
        )
    return list(Record.objects.order_by("-seq")[:count])[::-1]


def sealed(*, now: datetime = LATER) -> Sequence[Block]:
    """Seal what was committed, and return all blocks."""
    settle()
    seal_audit(now=lambda: now)
    return list(Block.objects.order_by("number"))


def disarm() -> None:
    """Turn off what guards the audit's tables, as only their owner can."""
    for table in GUARDED:
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def run(statement: str, params: Sequence[Any] | None = None) -> int:
    """Run a statement; returns how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)
