"""warehouse.flush: what is committed arrives, whatever fails between."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from journal import log
from journal.models import Entry
from memories import mediator
from memories.schemas.draft import Amendment
from tests.conftest import acting
from tests.factories import NOW, make_draft
from tests.fakes import FakeSink
from tests.journal.writing import append, end
from tests.sessions import elsewhere, settle, uncommitted
from tests.warehouse.conftest import Query
from warehouse import flush as flushing
from warehouse import snowflake
from warehouse.flush import flush, lag

pytestmark = pytest.mark.django_db(transaction=True)


def flush_to(sink: flushing.Sink) -> int:
    settle()
    return flush(sink=sink, now=timezone.now)


def numbers(sink: FakeSink) -> list[list[int]]:
    return [[body["number"] for body in bodies] for bodies in sink.batches.values()]


class TestFlushing:
    def test_hands_on_everything_in_order(self) -> None:
        for number in (1, 2, 3):
            append(number)
        sink = FakeSink()

        assert flush_to(sink) == 3

        assert numbers(sink) == [[1, 2, 3]]
        assert log.position(flushing.CURSOR) == end()

    def test_hands_on_nothing_twice(self) -> None:
        append(1)
        flush_to(FakeSink())
        append(2)
        sink = FakeSink()

        assert [flush_to(sink), flush_to(sink)] == [1, 0]

        assert numbers(sink) == [[2]]

    def test_splits_what_is_much_into_batches(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(flushing, "BATCH", 2)
        for number in range(5):
            append(number)
        sink = FakeSink()

        assert flush_to(sink) == 5

        assert numbers(sink) == [[0, 1], [2, 3], [4]]

    def test_keeps_its_place_when_a_later_batch_fails(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(flushing, "BATCH", 2)
        for number in range(4):
            append(number)
        sink = FakeSink()

        def fail_at_the_second(batch: str, bodies: Sequence[Mapping[str, Any]]) -> None:
            if sink.batches:
                raise ConnectionError
            sink(batch, bodies)

        with pytest.raises(ConnectionError):
            flush_to(fail_at_the_second)
        assert flush_to(sink) == 2

        assert numbers(sink) == [[0, 1], [2, 3]]

    def test_lets_go_of_the_cursor_when_the_sink_fails(self) -> None:
        append(1)

        with pytest.raises(ConnectionError):
            flush_to(FakeSink(failures=1))

        assert elsewhere(lambda: flush_to(FakeSink())) == 1

    def test_does_nothing_while_another_is_at_it(self) -> None:
        append(1)
        sink = FakeSink()

        with log.reading(flushing.CURSOR):
            assert elsewhere(lambda: flush_to(sink)) == 0

        assert sink.batches == {}

    def test_names_a_batch_alike_when_it_repeats_it(self) -> None:
        append(1)
        first, second = FakeSink(), FakeSink()

        def fail_after(batch: str, bodies: Sequence[Mapping[str, Any]]) -> None:
            first(batch, bodies)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            flush_to(fail_after)
        flush_to(second)

        assert first.batches == second.batches

    def test_leaves_other_topics_alone(self) -> None:
        append(1, topic="another")

        assert flush_to(FakeSink()) == 0


class TestFlushingIntoSnowflake:
    def test_brings_what_was_stored_changed_and_deleted(
        self, query: Query, user: User
    ) -> None:
        actor = acting(user)
        stored, changed, forgotten = (
            mediator.store(actor=actor, draft=make_draft(tags=[tag]), now=NOW).memory
            for tag in ("stored", "changed", "forgotten")
        )
        flush_to(snowflake.merge)
        mediator.amend(
            actor=actor,
            memory_id=changed.pk,
            amendment=Amendment(content={"message": "The renewal is signed"}),
            expected_version=1,
            now=NOW,
        )
        mediator.forget(actor=actor, memory_id=forgotten.pk, now=NOW)

        assert flush_to(snowflake.merge) == 2

        rows = query(
            "SELECT ID, VERSION, CONTENT:message::VARCHAR AS MESSAGE, OWNER_EMAIL,"
            " DELETED_AT IS NOT NULL AS GONE FROM MEMORY_RECORDS"
        )
        found = {row.pop("ID"): tuple(row.values()) for row in rows}
        assert found == {
            str(stored.pk): (1, "The renewal is at risk", user.email, False),
            str(changed.pk): (2, "The renewal is signed", user.email, False),
            str(forgotten.pk): (2, None, None, True),
        }

    def test_brings_what_changed_around_a_version(
        self, query: Query, user: User, outsider: User
    ) -> None:
        actor = acting(user)
        memory = mediator.store(actor=actor, draft=make_draft(), now=NOW).memory
        flush_to(snowflake.merge)

        def acl() -> tuple[int, list[str]]:
            flush_to(snowflake.merge)
            (row,) = query("SELECT VERSION, ACL FROM MEMORY_RECORDS")
            return row["VERSION"], sorted(json.loads(row["ACL"]))

        names = [f"owner:{user.pk}", f"service:{user.pk}"]
        assert acl() == (1, names)
        mediator.share(
            actor=actor,
            memory_id=memory.pk,
            with_user=outsider.email,
            can="view",
            now=NOW,
        )
        assert acl() == (1, [*names, f"user:{outsider.pk}"])
        mediator.unshare(
            actor=actor, memory_id=memory.pk, with_user=outsider.email, now=NOW
        )
        assert acl() == (1, names)

    def test_repeats_a_batch_without_harm(self, query: Query, user: User) -> None:
        mediator.store(actor=acting(user), draft=make_draft(), now=NOW)

        def merge_and_fail(batch: str, bodies: Sequence[Mapping[str, Any]]) -> None:
            snowflake.merge(batch, bodies)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            flush_to(merge_and_fail)
        before = query("SELECT * FROM MEMORY_RECORDS")

        assert flush_to(snowflake.merge) == 1

        assert query("SELECT * FROM MEMORY_RECORDS") == before
        assert len(before) == 1


class TestLag:
    def test_is_how_long_the_oldest_entry_has_waited(self) -> None:
        append(1)
        append(2)
        Entry.objects.filter(key__gt=f"{1:032x}").update(at=NOW + timedelta(hours=1))

        assert lag(now=NOW + timedelta(seconds=90)) == 90

    def test_counts_what_an_open_transaction_holds_back(self) -> None:
        with uncommitted(lambda: append(1)):
            append(2)
            flush(sink=FakeSink(), now=timezone.now)
            assert lag(now=NOW + timedelta(seconds=5)) == 5

    def test_is_nothing_once_all_was_handed_on(self) -> None:
        append(1)
        flush_to(FakeSink())

        assert lag(now=NOW + timedelta(days=1)) == 0
