"""How fast memories are stored, beside PostgreSQL's bare inserts of the same rows."""

import json
from datetime import datetime
from itertools import batched, islice
from uuid import uuid4

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.actor import Actor
from benchmarks.corpus import drafts
from benchmarks.measuring import percentiles, rate, show
from memories import mediator

BATCH = 1000
SINGLES = 400


def measure(actor: Actor, *, rows: int, now: datetime) -> None:
    """Store one at a time, then fill the hub in batches."""
    singles = list(drafts(SINGLES, seed=2))
    p50, p99 = percentiles(
        SINGLES, lambda n: mediator.store(actor=actor, draft=singles[n], now=now)
    )
    bare50, bare99 = percentiles(
        SINGLES, lambda n: _bare(json.dumps(singles[n].content))
    )
    show(
        "store, one a transaction (p50 / p99)",
        f"{p50:.2f} / {p99:.2f} ms",
        f"{bare50:.2f} / {bare99:.2f} ms for 3 bare inserts in a transaction",
    )

    def fill() -> None:
        for chunk in batched(drafts(rows), BATCH):
            mediator.store_many(actor=actor, drafts=chunk, now=now)

    copied = [json.dumps(draft.content) for draft in islice(drafts(20_000), 20_000)]
    show(
        f"store, {rows:,} in batches of {BATCH:,}",
        f"{rate(rows, fill):,.0f} rows/s",
        f"{rate(len(copied), lambda: _copy(copied)):,.0f} rows/s by COPY, 3 tables",
    )


def _bare(body: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _tables(cursor):
            cursor.execute(f"INSERT INTO {table} VALUES (%s, %s)", [uuid4(), body])  # noqa: S608


def _copy(bodies: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _tables(cursor):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for body in bodies:
                    copy.write_row((uuid4(), body))


def _tables(cursor: CursorWrapper) -> tuple[str, ...]:
    names = ("bench_memory", "bench_journal", "bench_audit")
    for name in names:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {name} (id uuid PRIMARY KEY, body jsonb)"
        )
    return names
