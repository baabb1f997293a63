"""The journal's public face: append to it, read it in order, remember how far."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models, transaction

from horizon.order import START, Position, past, settled, up_to
from journal.models import Cursor, Entry, Journal
from journal.signals import appended

SEALING = "audit-seal"
"""The reader that never begins anew: what it has dealt with is sealed for good."""
SHIPPING = "audit-snowflake"
AUDIT_READERS = frozenset({SEALING, SHIPPING})
"""Readers with a place in the same order, but in the audit: no entry waits for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one entry is to say."""

    key: UUID
    version: int
    op: Entry.Op
    body: dict[str, Any]


class Mark(NamedTuple):
    """One entry in short: which key it changed, to which version, and its number."""

    key: UUID
    seq: int
    version: int


class Glance(NamedTuple):
    """Which journal it is, and what is new in it; an empty journal may have no id."""

    journal: UUID | None
    marks: Sequence[Mark]
    beside: Sequence[UUID]


def identity() -> UUID:
    """Return the id that tells this journal from any other."""
    journal, _ = Journal.objects.get_or_create(number=1)
    return journal.id


def append(*, topic: str, changes: Sequence[Change], now: datetime) -> None:
    """Write changes into the journal, in the caller's transaction."""
    Entry.objects.bulk_create(
        Entry(
            at=now,
            topic=topic,
            key=change.key,
            version=change.version,
            op=change.op,
            body=change.body,
        )
        for change in changes
    )
    transaction.on_commit(lambda: appended.send(sender=Entry, topic=topic))


def read(
    *, topic: str, after: Position, limit: int, bodies: bool = True
) -> list[Entry]:
    """Return the next entries in order, none of which an open transaction precedes.

    Without their bodies, for who needs to know only which keys changed.
    """
    entries = _entries(topic=topic, after=after).filter(settled())
    if not bodies:
        entries = entries.defer("body")
    return list(entries.order_by("xid", "seq")[:limit])


def glance(
    *,
    topic: str,
    after: Position,
    limit: int,
    beside: tuple[str, Sequence[Any]] = ("SELECT NULL::uuid WHERE false", ()),
) -> Glance:
    """Return the committed entries past a place, settled or not, the newest first.

    `beside` is SQL for keys that are asked for in the same round trip.
    """
    sql, params = beside
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT (SELECT id FROM journal_journal WHERE number = 1), ARRAY({sql}),
                   NULL, NULL, NULL
             UNION ALL
            (SELECT NULL, NULL, key, seq, version
               FROM journal_entry
              WHERE (xid, seq) > (%s::text::xid8, %s) AND topic = %s
              ORDER BY xid DESC, seq DESC LIMIT %s)
            """,  # noqa: S608 - nothing in it was typed by anybody
            [*params, str(after.xid), after.seq, topic, limit],
        )
        (journal, keys, *_), *entries = cursor.fetchall()
    return Glance(journal, [Mark(*mark) for _, _, *mark in entries], keys)


def end(*, topic: str) -> Position:
    """Return the place behind which no open transaction can still write."""
    last = _entries(topic=topic, after=START).filter(settled()).order_by("-xid", "-seq")
    row = last.values_list("xid", "seq").first()
    return Position(*row) if row else START


def waiting_since(*, topic: str, after: Position) -> datetime | None:
    """Return when the oldest entry past a place was written, if there is one."""
    return (
        _entries(topic=topic, after=after)
        .order_by("xid", "seq")
        .values_list("at", flat=True)
        .first()
    )


def history(*, topic: str, key: UUID) -> models.QuerySet[Entry]:
    """Return what happened to one key, the oldest first."""
    return Entry.objects.filter(topic=topic, key=key).order_by("version", "seq")


def versions(*, topic: str, key: UUID) -> list[Entry]:
    """Return the entry that first wrote each version of a key, the newest first."""
    first = history(topic=topic, key=key).distinct("version")
    return list(first)[::-1]


def position(name: str) -> Position:
    """Return how far a named cursor has come."""
    cursor = Cursor.objects.filter(name=name).first()
    return Position(cursor.xid, cursor.seq) if cursor else START


@contextmanager
def reading(name: str) -> Iterator[Position | None]:
    """Hold a cursor's lock, and give its place; None when another reader holds it.

    The lock belongs to the database session, not to a transaction, so that a slow
    sink holds no transaction open. Whoever reads once is waited for from then on: what
    its cursor has not passed is not pruned.
    """
    if not _try_lock(name):
        yield None
        return
    try:
        reader, _ = Cursor.objects.get_or_create(name=name)
        yield Position(reader.xid, reader.seq)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def advance(name: str, *, to: Position, now: datetime) -> None:
    """Move a cursor forward; a cursor never moves back."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO journal_cursor AS c (name, xid, seq, moved_at)
            VALUES (%s, %s::text::xid8, %s, %s)
            ON CONFLICT (name) DO UPDATE
               SET xid = excluded.xid, seq = excluded.seq, moved_at = excluded.moved_at
             WHERE (c.xid, c.seq) < (excluded.xid, excluded.seq)
            """,
            [name, str(to.xid), to.seq, now],
        )


def leave(name: str) -> None:
    """Forget a cursor: nothing waits for it any more, and it begins anew next time."""
    Cursor.objects.filter(name=name).delete()


def prune(*, topic: str, limit: int, regardless_of: Collection[str] = ()) -> int:
    """Drop the snapshots of what is deleted, once every cursor has passed its end.

    The deletion's own entry stays: it says that there was something, and when it went.
    Readers that ask the table and not the snapshots need not be waited for. Returns how
    many snapshots went.
    """
    waited_for = Cursor.objects.exclude(name__in={*regardless_of, *AUDIT_READERS})
    cursors = [Position(one.xid, one.seq) for one in waited_for]
    passed = up_to(min(cursors)) if cursors else settled()
    deleted = Entry.objects.filter(
        passed,
        topic=topic,
        op=Entry.Op.DELETE,
        key=models.OuterRef("key"),
    )
    doomed = Entry.objects.filter(
        models.Exists(deleted), topic=topic, op=Entry.Op.PUT
    ).values("seq")[:limit]
    count, _ = Entry.objects.filter(seq__in=doomed).delete()
    return count


def _entries(*, topic: str, after: Position) -> models.QuerySet[Entry]:
    return Entry.objects.filter(past(after), topic=topic)


def _try_lock(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (locked,) = cursor.fetchone()
    return bool(locked)
