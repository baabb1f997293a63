"""connectors.asking: as patient as is worth it, and not one second longer."""

import httpx
import pytest

from connectors.asking import JITTER, LONGEST_SECONDS, RETRIES, BusyError, ask

GOOD = httpx.Response(200)
LOST = httpx.ConnectError("lost")


class Tool:
    """A tool that answers as it is told to, and well when that is over."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = iter(answers)
        self.asked = 0

    def __call__(self) -> httpx.Response:
        self.asked += 1
        answer = next(self.answers, GOOD)
        if isinstance(answer, Exception):
            raise answer
        return answer


def busy(*, seconds: str = "") -> httpx.Response:
    return httpx.Response(429, headers={"X-Rest": seconds})


def rest(answer: httpx.Response) -> float | None:
    said = answer.headers.get("x-rest")
    return None if said is None else float(said or 0)


class TestAsking:
    def test_once_is_enough_where_there_is_an_answer(self, slept: list[float]) -> None:
        tool = Tool(GOOD)

        assert ask(tool, rest=rest) is GOOD

        assert (tool.asked, slept) == (1, [])

    def test_a_refusal_is_an_answer(self, slept: list[float]) -> None:
        refusal = httpx.Response(401)

        assert ask(Tool(refusal), rest=rest) is refusal

        assert slept == []

    @pytest.mark.parametrize(
        "trouble", [httpx.Response(500), httpx.Response(503), LOST, busy()]
    )
    def test_goes_on_after_trouble(
        self, slept: list[float], trouble: httpx.Response | Exception
    ) -> None:
        assert ask(Tool(trouble, trouble), rest=rest) is GOOD

        assert len(slept) == 2

    def test_waits_twice_as_long_each_time(self, slept: list[float]) -> None:
        ask(Tool(*[LOST] * RETRIES), rest=rest)

        for tried, seconds in enumerate(slept):
            assert 2**tried <= seconds <= 2**tried * JITTER

    def test_waits_as_long_as_it_is_told(self, slept: list[float]) -> None:
        down = httpx.Response(503, headers={"Retry-After": "9"})

        ask(Tool(busy(seconds="7"), down), rest=rest)

        assert slept == [7, 9]

    def test_waits_no_less_than_it_would_untold(self, slept: list[float]) -> None:
        ask(Tool(LOST, LOST, LOST, busy(seconds="1")), rest=rest)

        assert slept[-1] >= 8

    @pytest.mark.parametrize("said", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "soon"])
    def test_reads_no_more_than_seconds(self, slept: list[float], said: str) -> None:
        ask(Tool(httpx.Response(503, headers={"Retry-After": said})), rest=rest)

        assert 1 <= slept[0] <= JITTER


class TestGivingUp:
    def test_returns_the_last_answer(self, slept: list[float]) -> None:
        tool = Tool(*[httpx.Response(500)] * (RETRIES + 1))

        assert ask(tool, rest=rest).status_code == 500

        assert (tool.asked, len(slept)) == (RETRIES + 1, RETRIES)

    @pytest.mark.usefixtures("slept")
    def test_tells_that_nobody_answers(self) -> None:
        with pytest.raises(httpx.ConnectError):
            ask(Tool(*[LOST] * (RETRIES + 1)), rest=rest)

    def test_waits_up_to_its_longest(self, slept: list[float]) -> None:
        ask(Tool(busy(seconds=str(LONGEST_SECONDS))), rest=rest)

        assert slept == [LONGEST_SECONDS]

    def test_says_when_to_come_back_rather_than_wait_longer(
        self, slept: list[float]
    ) -> None:
        tool = Tool(busy(seconds=str(LONGEST_SECONDS + 1)))

        with pytest.raises(
            BusyError, match=r"until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
        ):
            ask(tool, rest=rest)

        assert (tool.asked, slept) == (1, [])

    @pytest.mark.parametrize("seconds", ["1e18", "inf"])
    def test_comes_back_within_a_day_whatever_is_said(self, seconds: str) -> None:
        with pytest.raises(BusyError):
            ask(Tool(busy(seconds=seconds)), rest=rest)
