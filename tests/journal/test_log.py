"""journal.log: what is appended is read in order, and none of it is missed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from horizon.order import START, Position
from journal import log
from journal.models import Entry
from journal.signals import appended
from tests.factories import NOW
from tests.journal.writing import TOPIC, append, end, key, read
from tests.sessions import elsewhere, settle, uncommitted

pytestmark = pytest.mark.django_db(transaction=True)


class RolledBack(Exception):
    pass


class Listener:
    """Hears the journal's alarm."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        appended.connect(self.hear, weak=False, dispatch_uid="tests.listener")

    def hear(self, topic: str, **_: Any) -> None:
        self.heard.append(topic)


@pytest.fixture
def listener() -> Iterator[Listener]:
    yield Listener()
    appended.disconnect(dispatch_uid="tests.listener")


class TestAppend:
    def test_keeps_what_it_is_told(self) -> None:
        append(1, version=3, op=Entry.Op.DELETE)

        entry = Entry.objects.get()
        assert (entry.topic, entry.key, entry.version) == (TOPIC, key(1), 3)
        assert (entry.op, entry.body, entry.at) == ("delete", {"number": 1}, NOW)

    def test_leaves_nothing_of_a_transaction_that_is_rolled_back(
        self, listener: Listener
    ) -> None:
        with pytest.raises(RolledBack), transaction.atomic():
            append(1)
            raise RolledBack

        assert not Entry.objects.exists()
        assert listener.heard == []

    def test_rings_once_its_entries_can_be_read(self, listener: Listener) -> None:
        with transaction.atomic():
            append(1)
            assert listener.heard == []

        assert listener.heard == [TOPIC]


class TestRead:
    def test_follows_the_order_of_transactions(self) -> None:
        with transaction.atomic():
            take_a_transaction_id()
            elsewhere(lambda: append(2))
            append(1)
        settle()

        assert list(Entry.objects.order_by("seq").values_list("key", flat=True)) == [
            key(2),
            key(1),
        ]
        assert read() == [1, 2]

    def test_waits_for_a_transaction_that_took_a_lower_place(self) -> None:
        with uncommitted(lambda: append(1)):
            append(2)
            assert read() == []
        settle()

        assert read() == [1, 2]

    def test_gives_what_precedes_an_open_transaction(self) -> None:
        append(1)
        settle()

        with uncommitted(lambda: append(2)):
            append(3)
            assert read() == [1]

    def test_goes_on_from_a_place(self) -> None:
        append(1)
        place = end()
        append(2)
        settle()

        assert read(after=place) == [2]

    def test_goes_on_within_a_transaction(self) -> None:
        with transaction.atomic():
            for number in range(1, 6):
                append(number)
        settle()
        first = log.read(topic=TOPIC, after=START, limit=2)
        place = Position(first[-1].xid, first[-1].seq)

        assert [entry.key.int for entry in first] == [1, 2]
        assert read(after=place, limit=2) == [3, 4]

    def test_keeps_to_its_topic(self) -> None:
        append(1, topic="another")
        append(2)
        settle()

        assert read() == [2]


class TestChangedKeys:
    def test_are_known_before_they_are_settled(self) -> None:
        append(1)
        place = end()

        with uncommitted(lambda: append(2)):
            append(3)
            append(3, version=2)
            seen = log.glance(topic=TOPIC, after=place, limit=10)
            assert [mark.key for mark in seen.marks] == [key(3), key(3)]

    def test_come_with_the_name_of_the_journal(self) -> None:
        journal = log.identity()

        assert log.glance(topic=TOPIC, after=START, limit=10).journal == journal


class TestHistory:
    def test_tells_the_versions_of_one_key_the_oldest_first(self) -> None:
        append(1, version=2)
        append(1, version=1)
        append(2)
        append(1, version=3, op=Entry.Op.DELETE)
        append(1, topic="another")

        history = log.history(topic=TOPIC, key=key(1))

        assert [(entry.version, entry.op) for entry in history] == [
            (1, "put"),
            (2, "put"),
            (3, "delete"),
        ]


class TestVersions:
    def test_tells_what_first_wrote_each_version_the_newest_first(self) -> None:
        append(1, version=1)
        append(1, version=2)
        append(1, version=2, body={"number": 1, "again": True})
        append(1, version=1, body={"number": 1, "again": True})
        append(2, version=3)

        versions = log.versions(topic=TOPIC, key=key(1))

        assert [(entry.version, entry.body) for entry in versions] == [
            (2, {"number": 1}),
            (1, {"number": 1}),
        ]


class TestWaitingSince:
    def test_is_when_the_oldest_unread_entry_was_written(self) -> None:
        append(1)
        place = end()
        append(2)
        append(3)
        Entry.objects.filter(key=key(2)).update(at=NOW + timedelta(seconds=2))
        Entry.objects.filter(key=key(3)).update(at=NOW + timedelta(seconds=3))

        assert log.waiting_since(topic=TOPIC, after=place) == NOW + timedelta(seconds=2)

    def test_counts_what_an_open_transaction_holds_back(self) -> None:
        with uncommitted(lambda: append(1)):
            append(2)
            assert read() == []
            assert log.waiting_since(topic=TOPIC, after=START) == NOW

    def test_is_never_when_everything_was_read(self) -> None:
        append(1)

        assert log.waiting_since(topic=TOPIC, after=end()) is None


def take_a_transaction_id() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
