"""Entries for tests, in the journal's words."""

from typing import Any
from uuid import UUID

from django.db import transaction

from horizon.order import START, Position
from journal import log
from journal.log import Change
from journal.models import Entry
from tests.factories import NOW
from tests.sessions import settle

TOPIC = "memory"


def key(number: int) -> UUID:
    """Return the key of the memory with a number."""
    return UUID(int=number)


def append(
    number: int,
    *,
    version: int = 1,
    op: Entry.Op = Entry.Op.PUT,
    topic: str = TOPIC,
    body: dict[str, Any] | None = None,
) -> None:
    """Append one entry about the memory with a number."""
    change = Change(
        key=key(number), version=version, op=op, body=body or {"number": number}
    )
    with transaction.atomic():
        log.append(topic=topic, changes=[change], now=NOW)


def read(*, after: Position = START, limit: int = 100) -> list[int]:
    """Return the numbers of the memories that the next entries are about."""
    return [entry.key.int for entry in log.read(topic=TOPIC, after=after, limit=limit)]


def end() -> Position:
    """Return the place past everything written so far, once it is settled."""
    settle()
    last = Entry.objects.order_by("xid", "seq").last()
    return Position(last.xid, last.seq) if last else START
