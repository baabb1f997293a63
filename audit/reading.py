"""Reading the audit on from a place: the records that no open transaction precedes."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from audit.canonical import Row, named, rows
from audit.models import Record
from horizon.order import Position, past, settled


class Batch(NamedTuple):
    """The next records, in order, and the place behind the last of them."""

    records: Sequence[dict[str, object]]
    end: Position


def read(*, after: Position, limit: int) -> Batch | None:
    """Return the next records as their fields; None when there are none."""
    places = settled_after(after, limit=limit)
    if not places:
        return None
    found = rows([place.seq for place in places])
    ordered: list[Row] = [found[place.seq] for place in places if place.seq in found]
    return Batch([named(row) for row in ordered], places[-1])


def waiting_since(place: Position) -> datetime | None:
    """Return when the first record past a place was written, if there is one."""
    waiting = Record.objects.filter(past(place)).order_by("xid", "seq")
    return waiting.values_list("at", flat=True).first()


def settled_after(place: Position, *, limit: int) -> list[Position]:
    """Return the places of the next records."""
    found = Record.objects.filter(past(place), settled()).order_by("xid", "seq")
    return [Position(*each) for each in found.values_list("xid", "seq")[:limit]]
