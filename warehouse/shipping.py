"""From the audit to the warehouse: its records, and the heads of its blocks.

A failure between the merge and the cursor repeats a batch, which changes nothing.
"""

from collections.abc import Callable
from datetime import datetime

from audit import heads, reading
from audit.models import Block
from journal import log
from warehouse import snowflake

BATCH = 5000


class _Known:
    """The last block whose head this process has seen in Snowflake."""

    number = 0


def ship(*, now: Callable[[], datetime]) -> int:
    """Ship everything that is settled; returns how many records went.

    Does nothing while another process ships.

    Raises:
        UnreachableError, NotConfiguredError: what is left goes with the next call.
    """
    with log.reading(log.SHIPPING) as place:
        if place is None:
            return 0
        shipped = 0
        while batch := reading.read(after=place, limit=BATCH):
            place = batch.end
            snowflake.merge_audit(f"audit-{place.xid}-{place.seq}", batch.records)
            log.advance(log.SHIPPING, to=place, now=now())
            shipped += len(batch.records)
        _ship_heads()
        return shipped


def lag(*, now: datetime) -> float:
    """Return for how many seconds the oldest record has waited for the warehouse."""
    since = reading.waiting_since(log.position(log.SHIPPING))
    return (now - since).total_seconds() if since else 0.0


def forget() -> None:
    """Ask Snowflake again which heads it has."""
    _Known.number = 0


def _ship_heads() -> None:
    """Ship the heads that Snowflake lacks, and ask it only when there could be some."""
    newest = Block.objects.order_by("-number").values_list("number", flat=True).first()
    if newest is None or newest == _Known.number:
        return
    last = snowflake.last_head()
    lacking = Block.objects.filter(number__gt=last).order_by("number")
    while chunk := list(lacking[:BATCH]):
        last = chunk[-1].number
        snowflake.merge_heads(f"heads-{last}", [heads.head(block) for block in chunk])
        lacking = lacking.filter(number__gt=last)
    _Known.number = newest
