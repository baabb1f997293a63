"""connectors.gong.history: what Gong's API tells, whatever troubles it has."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.asking import JITTER, RETRIES, BusyError
from connectors.base import Known, Page, Part, Span, UnreadableError
from connectors.gong.history import PAUSE_SECONDS, history
from connectors.gong.reading import PRIVATE, read
from connectors.gong.rules import GongRules
from tests.connectors.gong.fakes import FakeGongApi
from tests.connectors.gong.payloads import ANN, BOB, call, notice, user, whole_call
from tests.connectors.knowing import Knowing

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
SPAN = Span(since=SINCE, until=SINCE + timedelta(days=2))
EVERYTHING = [f"call:{n}" for n in range(8)]


def asked(span: Span = SPAN) -> list[Page]:
    return list(history(span, GongRules()))


def parts(pages: Sequence[Page]) -> list[Part]:
    return [part for page in pages for part in page.parts]


def things(pages: Sequence[Page]) -> list[str]:
    return [part.thing for part in parts(pages)]


@pytest.fixture(autouse=True)
def _company(gong: FakeGongApi) -> None:
    gong.users = [
        user(ANN, "Ann", "Lee", "Ann@hub.example"),
        user(BOB, "Bob", "Ray", "bob@hub.example"),
        *(user(str(n), "Person", str(n), "") for n in range(5)),
    ]
    gong.calls = [call(id=str(n)) for n in range(8)]


class TestAHistory:
    def test_has_every_call_of_every_page(self) -> None:
        assert things(asked()) == EVERYTHING

    def test_begins_with_everybody(self) -> None:
        first, *_ = asked()

        assert len(first.people) == 7
        assert first.people[0] == Known(id=ANN, name="Ann Lee", email="Ann@hub.example")

    def test_asks_by_its_key_for_its_span(self, gong: FakeGongApi) -> None:
        asked()

        good = "Basic " + base64.b64encode(b"key:a:secret").decode()
        assert set(gong.authorizations) == {good}
        _, wanted = gong.asked[-1]
        assert wanted["filter"] == {
            "fromDateTime": "2026-06-01T00:00:00+00:00",
            "toDateTime": "2026-06-03T00:00:00+00:00",
        }
        assert wanted["contentSelector"]["context"] == "Extended"

    def test_asks_no_more_than_three_times_a_second(
        self, gong: FakeGongApi, slept: list[float]
    ) -> None:
        asked()

        assert slept == [PAUSE_SECONDS] * len(gong.asked)
        assert PAUSE_SECONDS > 1 / 3

    def test_says_how_far_it_is(self) -> None:
        pages = asked()

        counts = [(page.done, page.total) for page in pages]
        assert counts == [(0, None), (3, 8), (6, 8), (8, 8)]
        assert [page.cursor is None for page in pages] == [False] * 3 + [True]

    def test_goes_on_from_any_cursor(self) -> None:
        pages = asked()

        for number, page in enumerate(pages[:-1], start=1):
            span = Span(since=SPAN.since, until=SPAN.until, cursor=page.cursor)
            assert parts(asked(span)) == parts(pages[number:])

    def test_of_nothing_is_empty(self, gong: FakeGongApi) -> None:
        gong.calls = []

        pages = asked()

        assert things(pages) == []
        assert pages[-1].cursor is None

    def test_has_the_parts_of_deliveries(self, gong: FakeGongApi) -> None:
        gong.calls = [whole_call()]
        delivered = read("call", notice(whole_call()), Knowing(), GongRules())

        assert parts(asked()) == delivered.parts

    def test_lets_private_calls_go(self, gong: FakeGongApi) -> None:
        gong.calls = [call(isPrivate=True)]

        (part,) = parts(asked())

        assert (part.data, part.revision) == (None, PRIVATE)

    def test_leaves_out_what_nobody_can_read(
        self, gong: FakeGongApi, caplog: pytest.LogCaptureFixture
    ) -> None:
        gong.calls += [call(id="9") | {"parties": 7}, call(id="10")]

        assert things(asked()) == [*EVERYTHING, "call:10"]
        assert "gong_call_unreadable" in caplog.text

    def test_has_no_character_that_postgresql_lacks(self, gong: FakeGongApi) -> None:
        gong.calls = [call(title="a\x00b")]

        (part,) = parts(asked())

        assert part.data
        assert part.data["title"] == "a\ufffdb"


class TestTrouble:
    @pytest.mark.parametrize("trouble", ["429", "500", "502", "503", "lost", "cut"])
    def test_is_overcome(self, gong: FakeGongApi, trouble: str) -> None:
        gong.troubles = [trouble, "", trouble, trouble, "", "", trouble]

        assert things(asked()) == EVERYTHING

    @pytest.mark.parametrize(
        ("wait", "least", "most"),
        [("7", 7, 7), ("Wed, 21 Oct 2026", 1, JITTER), ("", 1, JITTER)],
    )
    def test_waits_as_long_as_gong_says(
        self,
        gong: FakeGongApi,
        slept: list[float],
        wait: str,
        least: float,
        most: float,
    ) -> None:
        gong.troubles, gong.headers_of_trouble = ["429"], {"Retry-After": wait}

        asked()

        assert least <= slept[1] <= most

    def test_waits_for_no_day(self, gong: FakeGongApi, slept: list[float]) -> None:
        gong.troubles, gong.headers_of_trouble = ["429"], {"Retry-After": "86400"}

        with pytest.raises(BusyError, match="until"):
            asked()

        assert slept == [PAUSE_SECONDS]

    @pytest.mark.parametrize(
        ("trouble", "error"),
        [("500", httpx.HTTPStatusError), ("lost", httpx.TransportError)],
    )
    def test_that_stays_is_told(
        self, gong: FakeGongApi, trouble: str, error: type[Exception]
    ) -> None:
        gong.troubles = [trouble] * (RETRIES + 1)

        with pytest.raises(error):
            asked()

        assert len(gong.asked) == RETRIES + 1

    @pytest.mark.parametrize("refusal", ["401", "403"])
    def test_of_a_key_that_was_revoked_is_told_at_once(
        self, gong: FakeGongApi, refusal: str
    ) -> None:
        gong.troubles = [refusal]

        with pytest.raises(httpx.HTTPStatusError, match=refusal):
            asked()

        assert len(gong.asked) == 1

    @pytest.mark.parametrize("answer", [[], "x", {"calls": 7}])
    def test_of_an_answer_that_is_none_is_told(
        self, gong: FakeGongApi, monkeypatch: pytest.MonkeyPatch, answer: Any
    ) -> None:
        monkeypatch.setattr(gong, "answer", lambda path, wanted: (200, answer))

        with pytest.raises(UnreadableError):
            asked()

    def test_of_a_wrong_address_is_not_an_empty_past(
        self, gong: FakeGongApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gong, "answer", lambda path, wanted: (404, {}))

        with pytest.raises(httpx.HTTPStatusError, match="404"):
            asked()

    def test_with_a_cursor_that_is_too_old_begins_again(
        self, gong: FakeGongApi
    ) -> None:
        _, second, *_ = asked()
        gong.forgotten, gong.page = {"page:3"}, 50
        span = Span(since=SPAN.since, until=SPAN.until, cursor=second.cursor)

        assert things(asked(span)) == EVERYTHING
