"""From the journal to the warehouse: read on from the cursor, merge, move the cursor.

A failure between the merge and the cursor repeats a batch, which changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from horizon.order import Position
from journal import log

CURSOR = "snowflake"
TOPIC = "memory"
BATCH = 5000

type Sink = Callable[[str, Sequence[Mapping[str, Any]]], None]


def flush(*, sink: Sink, now: Callable[[], datetime]) -> int:
    """Hand the sink everything that is settled; returns the entries dealt with.

    Does nothing while another reader holds the cursor.
    """
    with log.reading(CURSOR) as place:
        if place is None:
            return 0
        dealt_with = 0
        while entries := log.read(topic=TOPIC, after=place, limit=BATCH):
            place = Position(entries[-1].xid, entries[-1].seq)
            sink(f"memory-{place.xid}-{place.seq}", [entry.body for entry in entries])
            log.advance(CURSOR, to=place, now=now())
            dealt_with += len(entries)
        return dealt_with


def lag(*, now: datetime) -> float:
    """Return for how many seconds the oldest entry has waited for the warehouse."""
    since = log.waiting_since(topic=TOPIC, after=log.position(CURSOR))
    return (now - since).total_seconds() if since else 0.0
