"""Places in an append-only table, and which rows a reader may take.

A row is taken only when every transaction older than its own is over, and rows are
read by (xid, seq). Reading by `seq` alone loses rows: a transaction that took a lower
`seq` can commit after a reader has passed it.
"""

from typing import NamedTuple

from django.db import models
from django.db.models.expressions import RawSQL


class Position(NamedTuple):
    """A place in a table: everything up to it has been dealt with."""

    xid: int
    seq: int


START = Position(0, 0)


def past(place: Position) -> RawSQL:
    """Match the rows after a place."""
    return _compared(">", place)


def up_to(place: Position) -> RawSQL:
    """Match the rows up to a place, itself included."""
    return _compared("<=", place)


def settled() -> RawSQL:
    """Match the rows that no open transaction can precede."""
    return _condition("xid < pg_snapshot_xmin(pg_current_snapshot())")


def _compared(operator: str, place: Position) -> RawSQL:
    """Compare as a pair, which PostgreSQL reads from the (xid, seq) index."""
    return _condition(
        f"(xid, seq) {operator} (%s::text::xid8, %s)", str(place.xid), place.seq
    )


def _condition(sql: str, *params: object) -> RawSQL:
    return RawSQL(sql, params, output_field=models.BooleanField())  # noqa: S611 - ours
