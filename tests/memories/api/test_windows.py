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
        counters.owe("x", 60, 2)
        counters.owe("x", 60, 1)

        assert (counters.settle("x"), counters.settle("x")) == (3, 0)

    def test_is_forgotten_with_its_window(self) -> None:
        clock = Clock()
        counters = Windows(clock)
        counters.owe("x", 60, 2)
        clock.time = 60.0

        assert counters.settle("x") == 0


def test_no_more_is_kept_than_there_is_room_for() -> None:
    counters = Windows(Clock())

    for number in range(3 * windows._MANY):
        counters.add(str(number), 60)

    assert len(counters._windows) <= windows._MANY
    assert counters.add(str(number), 60) == (2, 60.0)
