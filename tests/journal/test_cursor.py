"""journal.log: a cursor belongs to one reader at a time and never moves back."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from horizon.order import START, Position
from journal import log
from journal.models import Cursor, Entry
from tests.factories import NOW
from tests.journal.writing import TOPIC, append, end, key
from tests.sessions import elsewhere, settle

pytestmark = pytest.mark.django_db(transaction=True)

FAR = Position(10, 5)


class SinkFailed(Exception):
    pass


def place_given(name: str) -> Position | None:
    with log.reading(name) as place:
        return place


class TestReading:
    def test_begins_at_the_start(self) -> None:
        assert place_given("snowflake") == START

    def test_goes_on_where_the_cursor_was_left(self) -> None:
        log.advance("snowflake", to=FAR, now=NOW)

        assert place_given("snowflake") == FAR

    def test_gives_a_second_reader_nothing(self) -> None:
        with log.reading("snowflake"):
            assert elsewhere(lambda: place_given("snowflake")) is None

        assert elsewhere(lambda: place_given("snowflake")) == START

    def test_lets_readers_of_other_cursors_be(self) -> None:
        with log.reading("snowflake"):
            assert elsewhere(lambda: place_given("estuary")) == START

    def test_lets_go_after_a_failure(self) -> None:
        with pytest.raises(SinkFailed), log.reading("snowflake"):
            raise SinkFailed

        assert elsewhere(lambda: place_given("snowflake")) == START


class TestAdvance:
    @pytest.mark.parametrize("to", [Position(10, 6), Position(11, 1)])
    def test_moves_forward(self, to: Position) -> None:
        log.advance("snowflake", to=FAR, now=NOW)

        log.advance("snowflake", to=to, now=NOW)

        assert log.position("snowflake") == to

    @pytest.mark.parametrize("to", [Position(10, 4), Position(9, 6), START])
    def test_never_moves_back(self, to: Position) -> None:
        log.advance("snowflake", to=FAR, now=NOW)

        log.advance("snowflake", to=to, now=timezone.now())

        assert log.position("snowflake") == FAR
        assert Cursor.objects.get().moved_at == NOW

    def test_moves_one_cursor(self) -> None:
        log.advance("snowflake", to=FAR, now=NOW)
        log.advance("estuary", to=Position(3, 3), now=NOW)

        assert log.position("snowflake") == FAR
        assert log.position("estuary") == Position(3, 3)


class TestPrune:
    @pytest.fixture
    def deleted(self) -> Callable[[int], None]:
        """Write two versions of a memory, and its end."""

        def write(number: int) -> None:
            append(number, version=1)
            append(number, version=2)
            append(number, version=3, op=Entry.Op.DELETE)

        return write

    def test_keeps_the_end_of_what_is_deleted(
        self, deleted: Callable[[int], None]
    ) -> None:
        deleted(1)
        log.advance("snowflake", to=end(), now=NOW)

        assert log.prune(topic=TOPIC, limit=100) == 2

        assert [entry.op for entry in Entry.objects.all()] == ["delete"]

    def test_keeps_what_is_not_deleted(self) -> None:
        append(1)
        append(2, op=Entry.Op.DELETE)
        log.advance("snowflake", to=end(), now=NOW)

        assert log.prune(topic=TOPIC, limit=100) == 0

        assert Entry.objects.count() == 2

    def test_waits_for_the_slowest_cursor(self, deleted: Callable[[int], None]) -> None:
        append(9)
        slow = end()
        deleted(1)
        log.advance("snowflake", to=end(), now=NOW)
        log.advance("estuary", to=slow, now=NOW)

        assert log.prune(topic=TOPIC, limit=100) == 0

        log.advance("estuary", to=end(), now=NOW)
        assert log.prune(topic=TOPIC, limit=100) == 2

    def test_waits_for_nobody_where_nobody_reads(
        self, deleted: Callable[[int], None]
    ) -> None:
        deleted(1)
        settle()

        assert log.prune(topic=TOPIC, limit=100) == 2

    def test_waits_for_a_reader_that_has_only_begun(
        self, deleted: Callable[[int], None]
    ) -> None:
        with log.reading("snowflake"):
            pass
        deleted(1)
        settle()

        assert log.prune(topic=TOPIC, limit=100) == 0

    def test_waits_no_longer_for_a_reader_that_left(
        self, deleted: Callable[[int], None]
    ) -> None:
        deleted(1)
        settle()
        place_given("embeddings")

        log.leave("embeddings")

        assert log.prune(topic=TOPIC, limit=10) == 2
        assert place_given("embeddings") == START

    def test_keeps_to_its_topic(self) -> None:
        append(1, topic="another")
        append(1, op=Entry.Op.DELETE)
        log.advance("snowflake", to=end(), now=NOW)

        assert log.prune(topic=TOPIC, limit=100) == 0

    def test_takes_a_batch_at_a_time(self, deleted: Callable[[int], None]) -> None:
        deleted(1)
        deleted(2)
        log.advance("snowflake", to=end(), now=NOW)

        counts = [log.prune(topic=TOPIC, limit=3) for _ in range(3)]

        assert counts == [3, 1, 0]
        assert {entry.key for entry in Entry.objects.all()} == {key(1), key(2)}
