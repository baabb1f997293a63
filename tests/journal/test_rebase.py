"""journal.rebase: in another cluster every reader goes on where it was."""

from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from audit.models import Record
from horizon.order import Position, past, up_to
from journal import log
from journal import rebase as rebasing
from journal.models import Cursor, Entry
from journal.rebase import rebase
from tests.factories import NOW
from tests.journal.writing import TOPIC, append, key, read
from tests.sessions import elsewhere, settle

pytestmark = pytest.mark.django_db(transaction=True)

OLD = 2**33
"""A transaction id of a cluster that is far older than the tests'."""


def restore(number: int, xid: int) -> Position:
    """Write an entry as a dump brings it, and return its place."""
    entry = Entry.objects.create(
        xid=OLD + xid,
        at=NOW,
        topic=TOPIC,
        key=key(number),
        version=1,
        op=Entry.Op.PUT,
        body={},
    )
    return Position(entry.xid, entry.seq)


def restore_record(xid: int) -> Position:
    record = Record.objects.create(
        xid=OLD + xid,
        at=NOW,
        actor_subject_id=UUID(int=1),
        actor_ciphertext=b"",
        role="CEO",
        channel="api",
        action="search",
    )
    return Position(record.xid, record.seq)


def ahead_of(name: str) -> list[int]:
    settle()
    return sorted(read(after=log.position(name)))


class TestWithoutIt:
    def test_a_reader_misses_what_is_new_and_what_is_old(self) -> None:
        log.advance("snowflake", to=restore(1, xid=10), now=NOW)
        restore(2, xid=11)
        append(3)

        assert ahead_of("snowflake") == []


class TestRebase:
    def test_keeps_what_was_read_apart_from_what_was_not(self) -> None:
        # The later transaction wrote first, so seq alone would tell them apart wrongly.
        restore(2, xid=30)
        log.advance("snowflake", to=restore(1, xid=20), now=NOW)
        restore(3, xid=40)

        rebase()
        append(4)

        assert ahead_of("snowflake") == [2, 3, 4]

    def test_keeps_the_place_within_a_transaction(self) -> None:
        log.advance("snowflake", to=restore(1, xid=20), now=NOW)
        restore(2, xid=20)

        rebase()

        assert ahead_of("snowflake") == [2]

    def test_keeps_every_cursor_where_it_was(self) -> None:
        slow, fast = restore(1, xid=10), restore(3, xid=30)
        restore(2, xid=20)
        restore(4, xid=40)
        log.advance("slow", to=slow, now=NOW)
        log.advance("fast", to=fast, now=NOW)
        log.advance("twin", to=fast, now=NOW)
        log.advance("new", to=Position(0, 0), now=NOW)

        rebase()
        append(5)

        assert ahead_of("slow") == [2, 3, 4, 5]
        assert ahead_of("fast") == ahead_of("twin") == [4, 5]
        assert ahead_of("new") == [1, 2, 3, 4, 5]

    def test_lets_a_cursor_move_on(self) -> None:
        log.advance("snowflake", to=restore(1, xid=10), now=NOW)
        restore(2, xid=20)
        rebase()
        append(3)
        settle()

        for expected in (2, 3):
            (entry,) = log.read(topic=TOPIC, after=log.position("snowflake"), limit=1)
            assert entry.key == key(expected)
            log.advance("snowflake", to=Position(entry.xid, entry.seq), now=NOW)

        assert ahead_of("snowflake") == []

    def test_changes_nothing_for_a_reader_when_repeated(self) -> None:
        log.advance("snowflake", to=restore(1, xid=10), now=NOW)
        restore(2, xid=20)
        rebase()
        append(3)

        rebase()
        append(4)

        assert ahead_of("snowflake") == [2, 3, 4]

    def test_is_right_where_nobody_has_read_yet(self) -> None:
        restore(1, xid=10)

        rebase()
        append(2)

        assert ahead_of("snowflake") == [1, 2]

    def test_is_right_where_there_is_nothing(self) -> None:
        assert rebase() == {"journal_entry": 0, "audit_record": 0}

    def test_keeps_the_audit_apart_in_the_same_way(self) -> None:
        passed, ahead = restore_record(xid=10), restore_record(xid=20)
        log.advance("audit", to=passed, now=NOW)
        restore(1, xid=15)

        rebase()

        place = log.position("audit")
        records = Record.objects.values_list("seq", flat=True)
        assert list(records.filter(up_to(place))) == [passed.seq]
        assert list(records.filter(past(place))) == [ahead.seq]
        assert ahead_of("audit") == [1]

    def test_gives_numbers_below_any_that_the_cluster_gives(self) -> None:
        for number in range(1, 20):
            restore(number, xid=number)
        restore_record(xid=5)

        rebase()

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())")
            (horizon,) = cursor.fetchone()
        assert max(Entry.objects.values_list("xid", flat=True)) < int(horizon)
        assert max(Record.objects.values_list("xid", flat=True)) < int(horizon)


class TestTheAuditsTriggers:
    def test_are_on_again(self) -> None:
        restore_record(xid=10)

        rebase()

        with pytest.raises(DatabaseError, match="append-only"):
            Record.objects.update(action="x")

    def test_are_on_again_after_a_failure(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        restore_record(xid=10)
        monkeypatch.setattr(rebasing, "_move_cursors", lambda **_: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            rebase()

        with pytest.raises(DatabaseError, match="append-only"):
            Record.objects.update(action="x")


class TestCommand:
    def test_it_works(self) -> None:
        restore(1, xid=10)
        restore_record(xid=11)
        out = StringIO()

        call_command("journal_rebase", stdout=out)

        assert "journal_entry: 1 rows renumbered" in out.getvalue()
        assert "audit_record: 1 rows renumbered" in out.getvalue()
        assert "Delete the search index" in out.getvalue()

    def test_lets_every_reader_begin_anew_when_asked_to(self) -> None:
        log.advance("snowflake", to=restore(1, xid=10), now=NOW)
        restore(2, xid=20)

        call_command("journal_rebase", "--rewind", stdout=StringIO())
        append(3)

        assert ahead_of("snowflake") == [1, 2, 3]

    def test_refuses_while_a_reader_is_at_work(self) -> None:
        place = restore(1, xid=10)
        log.advance("snowflake", to=place, now=NOW)

        with (
            log.reading("snowflake"),
            pytest.raises(CommandError, match="'snowflake' is at work"),
        ):
            elsewhere(lambda: call_command("journal_rebase", stdout=StringIO()))

        assert log.position("snowflake") == place
        assert Entry.objects.get().xid == place.xid
        assert Cursor.objects.count() == 1
