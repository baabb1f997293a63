"""connectors.slack.history: what Slack's API tells, whatever troubles it has."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.errors import SlackApiError

from connectors.base import Known, Page, Part, Span
from connectors.slack.history import RETRIES, history
from connectors.slack.rules import SlackRules
from tests.connectors.slack.fakes import FakeSlackApi
from tests.connectors.slack.payloads import (
    ANN,
    BOB,
    CHANNEL,
    TEAM,
    TS,
    account,
    listed,
    said,
)

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
SPAN = Span(since=SINCE, until=SINCE + timedelta(days=2))


def at(seconds: float) -> str:
    return f"{float(TS) + seconds:.6f}"


def parts(pages: Sequence[Page]) -> list[Part]:
    return [part for page in pages for part in page.parts]


def texts(pages: Sequence[Page]) -> list[str]:
    return sorted(str((part.data or {})["text"]) for part in parts(pages))


@pytest.fixture(autouse=True)
def _workspace(slack: FakeSlackApi) -> None:
    slack.users = [account(f"U{n}", f"Person {n}", f"p{n}@x.com") for n in range(7)]
    slack.channels = [listed(), listed("C2", "sales")]
    slack.messages = {
        CHANNEL: [said(f"pricing {n}", ts=at(n)) for n in range(8)],
        "C2": [said(f"sales {n}", ts=at(n)) for n in range(2)],
    }


EVERYTHING = [*(f"pricing {n}" for n in range(8)), "sales 0", "sales 1"]


class TestAHistory:
    def test_has_every_message_of_every_page(self) -> None:
        assert texts(list(history(SPAN, SlackRules()))) == EVERYTHING

    def test_begins_with_everybody_and_every_channel(self) -> None:
        first, *_ = history(SPAN, SlackRules())

        assert len(first.people) == 1 + 7 + 2
        assert first.people[0] == Known(id=TEAM, name="acme")
        assert first.people[1] == Known(id="U0", name="Person 0", email="p0@x.com")
        assert first.people[-1] == Known(id="C2", name="#sales")

    def test_says_how_far_it_is(self) -> None:
        pages = list(history(SPAN, SlackRules()))

        assert [(page.done, page.total) for page in pages] == [
            (0, 2),
            (0, 2),
            (0, 2),
            (1, 2),
            (2, 2),
        ]
        assert [page.cursor is None for page in pages] == [False] * 4 + [True]

    def test_goes_on_from_any_cursor(self) -> None:
        pages = list(history(SPAN, SlackRules()))

        for number, page in enumerate(pages[:-1], start=1):
            span = Span(since=SPAN.since, until=SPAN.until, cursor=page.cursor)
            rest = list(history(span, SlackRules()))
            assert parts(rest) == parts(pages[number:])

    def test_has_the_replies_of_threads(self, slack: FakeSlackApi) -> None:
        replies = [
            said(f"reply {n}", ts=at(100 + n), thread_ts=TS, parent_user_id=ANN)
            for n in range(5)
        ]
        head = said("head", thread_ts=TS, reply_count=5, latest_reply=at(104))
        slack.messages = {CHANNEL: [head, *replies]}

        pages = list(history(SPAN, SlackRules()))

        assert texts(pages) == ["head", *(f"reply {n}" for n in range(5))]
        assert {part.group for part in parts(pages)} == {f"{TEAM}/{CHANNEL}/{TS}"}

    def test_has_new_replies_to_what_is_older(self, slack: FakeSlackApi) -> None:
        long_ago = f"{(SINCE - timedelta(days=20)).timestamp():.6f}"
        slack.messages = {
            CHANNEL: [
                said("head", ts=long_ago, thread_ts=long_ago, latest_reply=at(5)),
                said("old", ts=f"{float(long_ago) + 5:.6f}", thread_ts=long_ago),
                said("reply", ts=at(5), thread_ts=long_ago),
            ]
        }

        assert texts(list(history(SPAN, SlackRules()))) == ["reply"]

    def test_leaves_out_noise_and_what_nobody_can_read(
        self, slack: FakeSlackApi, caplog: pytest.LogCaptureFixture
    ) -> None:
        slack.messages[CHANNEL] += [
            said("a bot", ts=at(20), bot_id="B1"),
            said("joined", ts=at(21), subtype="channel_join"),
            said("broken", ts=at(22)) | {"user": 7},
        ]

        assert texts(list(history(SPAN, SlackRules()))) == EVERYTHING
        assert "slack_message_unreadable" in caplog.text

    def test_has_no_character_that_postgresql_lacks(self, slack: FakeSlackApi) -> None:
        slack.messages = {CHANNEL: [said("a\x00b")]}

        assert texts(list(history(SPAN, SlackRules()))) == ["a\ufffdb"]

    def test_keeps_to_the_channels_that_the_rules_allow(
        self, slack: FakeSlackApi
    ) -> None:
        slack.channels = [
            listed(),
            listed("C2", "sales"),
            listed("C3", "not-in-it", is_member=False),
            listed("C4", "deals", is_private=True),
            listed("C5", "board", is_private=True),
        ]
        slack.messages |= {"C4": [said("a deal")], "C5": [said("a secret")]}

        kept = texts(list(history(SPAN, SlackRules(channels=["sal*", "deals"]))))

        assert kept == ["a deal", "sales 0", "sales 1"]

    def test_goes_without_private_channels_where_the_scope_is_missing(
        self, slack: FakeSlackApi
    ) -> None:
        slack.errors["conversations.list:private_channel"] = "missing_scope"

        assert texts(list(history(SPAN, SlackRules()))) == EVERYTHING

    def test_goes_past_a_channel_that_is_gone(
        self, slack: FakeSlackApi, caplog: pytest.LogCaptureFixture
    ) -> None:
        slack.errors["conversations.history"] = "channel_not_found"

        assert texts(list(history(SPAN, SlackRules()))) == []
        assert "slack_channel_out_of_reach" in caplog.text

    def test_has_reactions_as_an_event_has_them(self, slack: FakeSlackApi) -> None:
        reactions = [{"name": "decision", "users": [BOB], "count": 1}]
        slack.messages = {CHANNEL: [said("x", reactions=reactions)]}

        keys = [part.key for part in parts(list(history(SPAN, SlackRules())))]

        assert keys == ["message", f"reaction:decision:{BOB}"]


@pytest.mark.usefixtures("slept")
class TestTrouble:
    @pytest.mark.parametrize("trouble", ["429", "500", "502", "503", "lost", "cut"])
    def test_is_overcome(self, slack: FakeSlackApi, trouble: str) -> None:
        slack.troubles = [trouble, "", trouble, trouble, "", "", trouble]

        assert texts(list(history(SPAN, SlackRules()))) == EVERYTHING

    def test_waits_as_long_as_slack_says(
        self, slack: FakeSlackApi, slept: list[float]
    ) -> None:
        slack.troubles = ["429"]

        list(history(SPAN, SlackRules()))

        assert 1 <= slept[0] <= 2

    def test_that_stays_is_told(self, slack: FakeSlackApi) -> None:
        slack.troubles = ["500"] * (RETRIES + 1)

        with pytest.raises(SlackApiError):
            list(history(SPAN, SlackRules()))

    def test_of_a_token_that_was_revoked_is_told_at_once(
        self, slack: FakeSlackApi
    ) -> None:
        slack.errors["auth.test"] = "token_revoked"

        with pytest.raises(SlackApiError, match="token_revoked"):
            list(history(SPAN, SlackRules()))

        assert len(slack.asked) == 1

    def test_with_a_cursor_that_is_too_old_begins_the_channel_again(
        self, slack: FakeSlackApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, second, *_ = history(SPAN, SlackRules())
        whole = slack.answer

        def forgetful(method: str, asked: dict[str, str]) -> object:
            if asked.get("cursor", "") == "page:3" and method.endswith("history"):
                return {"ok": False, "error": "invalid_cursor"}
            return whole(method, asked)

        monkeypatch.setattr(slack, "answer", forgetful)
        slack.page = 50
        span = Span(since=SPAN.since, until=SPAN.until, cursor=second.cursor)

        assert texts(list(history(span, SlackRules()))) == EVERYTHING
