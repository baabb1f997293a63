"""memories.api.windows: what one process counts by itself."""

from memories.api import windows
from memories.api.windows import Windows


class Clock:
    """A clock that the test winds."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


class TestACounter:
    def test_counts_until_its_window_is_over(self) -> None:
        clock = Clock()
        counters = Windows(clock)
        counters.add("x", 60)
        clock.time = 59.0

        assert counters.add("x", 60) == (2, 1.0)
        clock.time = 60.0
        assert counters.add("x", 60) == (1, 60.0)

    def test_is_one_for_each_key(self) -> None:
        counters = Windows(Clock())
        counters.add("x", 60)

        assert counters.add("y", 60) == (1, 60.0)


class TestWhatIsOwed:
    def test_is_told_once(self) -> None:
        counters = Windows(Clock())
        counters.owe("x", 60)
        counters.owe("x", 60)

        assert counters.tell("x") == (2, 0)
        counters.told("x", 2, seen=7)
        assert counters.tell("x") == (0, 0)
        assert counters.seen("x") == 7

    def test_is_known_to_others_until_redis_has_answered(self) -> None:
        counters = Windows(Clock())
        counters.owe("x", 60)
        counters.tell("x")

        assert counters.tell("x") == (0, 1)

    def test_is_told_again_when_redis_did_not_answer(self) -> None:
        counters = Windows(Clock())
        counters.owe("x", 60)
        counters.told("x", *counters.tell("x")[:1], seen=None)

        assert counters.tell("x") == (1, 0)

    def test_is_forgotten_with_its_window(self) -> None:
        clock = Clock()
        counters = Windows(clock)
        counters.owe("x", 60)
        clock.time = 60.0

        assert counters.tell("x") == (0, 0)
        counters.told("x", 0, seen=9)
        assert counters.seen("x") == 0


def test_no_more_is_kept_than_there_is_room_for() -> None:
    counters = Windows(Clock())

    for number in range(3 * windows._MANY):
        counters.add(str(number), 60)

    assert len(counters._windows) <= windows._MANY
    assert counters.add(str(number), 60) == (2, 60.0)
