"""Fitting stored transaction ids to another cluster, after a dump was restored there.

A transaction id means something in its own cluster alone. In a young cluster the
stored ones lie in the future: old entries look unsettled, and new ones sort before the
places of readers that have long passed. So they get numbers below any that the new
cluster gives out, and only as many as tell apart what each reader has seen.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Max

from horizon.fields import TransactionIdField
from journal import log
from journal.models import Cursor, Journal

_PLACE = """
    (1 + (SELECT count(*) FROM journal_cursor AS c
           WHERE (c.xid, c.seq) < (t.xid, t.seq)))::text::xid8
"""
"""How many readers have passed a row, from 1: the row's transaction id from now on."""


class BusyError(Exception):
    """A reader is at work and would move its cursor by the old numbers."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The reader {name!r} is at work: stop the hub's processes, then repeat."
        )


def rebase(*, rewind: bool = False) -> Mapping[str, int]:
    """Renumber all rows and cursors; returns the rows of each table.

    What a cursor has passed stays passed, and what it has not stays ahead, in the
    order of `seq`. With `rewind` every cursor begins anew instead, but for the audit's
    sealer. One statement over each table, in one transaction; whoever writes waits for
    it. May be repeated. Needs the tables' owner, who alone may turn off the triggers
    that refuse any change of the audit.

    Raises:
        BusyError: a reader holds its cursor; nothing has changed.
    """
    with ExitStack() as held:
        for name in Cursor.objects.values_list("name", flat=True):
            if held.enter_context(log.reading(name)) is None:
                raise BusyError(name)
        with transaction.atomic():
            tables = _tables()
            _lock(tables)
            last = max(_last_seq(table) for table in tables)
            counts = {table._meta.db_table: _renumber(table) for table in tables}
            _move_cursors(seq=last)
            # Another journal from here on: each search index, which keeps its place
            # outside the database, sees that and begins anew.
            Journal.objects.all().delete()
            if rewind:
                Cursor.objects.exclude(name=log.SEALING).update(xid=0, seq=0)
    return counts


def _tables() -> list[type[models.Model]]:
    """Return the models whose rows PostgreSQL stamps with their transaction."""
    return [
        model
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, TransactionIdField) and field.has_db_default()
    ]


def _lock(tables: list[type[models.Model]]) -> None:
    """Wait for those who write, and let them wait."""
    locked: list[type[models.Model]] = [Cursor, *tables]
    names = ", ".join(map(_quoted, locked))
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def _last_seq(table: type[models.Model]) -> int:
    last = table._default_manager.aggregate(last=Max("seq"))["last"]
    return last or 0


def _renumber(table: type[models.Model]) -> int:
    with _unguarded(table), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {_quoted(table)} AS t SET xid = {_PLACE}")  # noqa: S608 - names of our own tables
        return int(cursor.rowcount)


@contextmanager
def _unguarded(table: type[models.Model]) -> Iterator[None]:
    """Turn off the triggers that refuse updates, until the block ends.

    The lock on the table lets nobody else write meanwhile, and a failure takes it all
    back with the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT quote_ident(tgname) FROM pg_trigger
             WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'A'
            """,
            [_quoted(table)],
        )
        triggers = [name for (name,) in cursor.fetchall()]
        for name in triggers:
            cursor.execute(f"ALTER TABLE {_quoted(table)} DISABLE TRIGGER {name}")
        yield
        for name in triggers:
            cursor.execute(f"ALTER TABLE {_quoted(table)} ENABLE ALWAYS TRIGGER {name}")


def _move_cursors(*, seq: int) -> None:
    """Put each cursor at the end of the rows it has passed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE journal_cursor AS t SET xid = {_PLACE}, seq = %s",  # noqa: S608 - a constant
            [seq],
        )


def _quoted(table: type[models.Model]) -> str:
    return connection.ops.quote_name(table._meta.db_table)
