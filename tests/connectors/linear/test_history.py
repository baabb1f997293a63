"""connectors.linear.history: what Linear's API tells, whatever troubles it has."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.asking import JITTER, RETRIES, BusyError
from connectors.base import Known, Page, Part, Span
from connectors.linear.history import RefusedError, history
from connectors.linear.rules import LinearRules
from tests.connectors.linear.fakes import FakeLinearApi
from tests.connectors.linear.payloads import (
    ANN,
    BOB,
    CORE,
    DONE,
    REVIEW,
    STATES,
    TODO,
    at,
    comment,
    cycle,
    issue,
    person,
    project_update,
)

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
SPAN = Span(since=SINCE, until=SINCE + timedelta(days=2))
ALL = LinearRules(states=["In Review"], comments=True)
TEAM = {"id": CORE, "key": "COR", "name": "Core", "organization": {"urlKey": "acme"}}


def change(origin: str | None, to: str | None, minutes: float) -> dict[str, Any]:
    known = {"id": f"h{minutes}", "createdAt": at(minutes), "actorId": BOB}
    return known | {"fromStateId": origin, "toStateId": to}


def over(id_: str, carried: int) -> dict[str, Any]:
    left = [{"id": f"i{n}"} for n in range(carried)]
    return cycle(id_=id_, team=TEAM) | {"uncompletedIssuesUponClose": left}


def parts(pages: Sequence[Page]) -> list[Part]:
    return [part for page in pages for part in page.parts]


def things(rules: LinearRules = ALL, span: Span = SPAN) -> list[str]:
    return sorted({part.thing for part in parts(list(history(span, rules)))})


@pytest.fixture(autouse=True)
def _workspace(linear: FakeLinearApi) -> None:
    linear.nodes = {
        "users": [person(ANN), person(BOB), *(person(f"u{n}") for n in range(5))],
        "teams": [TEAM],
        "workflowStates": [{"id": id_, "name": name} for id_, name in STATES.items()],
        "projectUpdates": [project_update(id_=f"p{n}") for n in range(7)],
        "cycles": [over("c0", 8), over("c1", 0)],
        "issues": [
            issue(DONE, 9, id_="i0")
            | {"history": [change(TODO, REVIEW, 5), change(REVIEW, DONE, 9)]},
            issue(DONE, 9, id_="i1") | {"history": [change(TODO, DONE, 9)]},
        ],
        "comments": [comment(id_=f"m{n}") for n in range(2)],
    }


EVERYTHING = [
    *(f"comment:m{n}" for n in range(2)),
    *(f"cycle:c{n}" for n in range(2)),
    "issue:i0",
    *(f"projectupdate:p{n}" for n in range(7)),
]


class TestAHistory:
    def test_has_everything_of_every_page(self) -> None:
        assert things() == EVERYTHING

    def test_asks_only_for_what_the_rules_want(self, linear: FakeLinearApi) -> None:
        assert things(LinearRules()) == EVERYTHING[2:4] + EVERYTHING[5:]

        asked = " ".join(query for query, _ in linear.asked)
        assert " issues(" not in asked
        assert " comments(" not in asked

    def test_begins_with_people_teams_and_states(self) -> None:
        first, *_ = history(SPAN, ALL)

        assert len(first.people) == 7 + 1 + 3
        assert first.people[0] == Known(id=ANN, name="Ann Lee", email="ann@x.com")
        assert Known(id=CORE, name="Core") in first.people
        assert Known(id=REVIEW, name="In Review") in first.people

    def test_says_how_far_it_is(self) -> None:
        pages = list(history(SPAN, ALL))

        assert [page.done for page in pages] == [0, 0, 0, 1, 2, 3, 4]
        assert {page.total for page in pages} == {4}
        assert [page.cursor is None for page in pages] == [False] * 6 + [True]

    def test_goes_on_from_any_cursor(self) -> None:
        pages = list(history(SPAN, ALL))

        for number, page in enumerate(pages[:-1], start=1):
            span = Span(since=SPAN.since, until=SPAN.until, cursor=page.cursor)
            assert parts(list(history(span, ALL))) == parts(pages[number:])

    def test_keeps_to_its_span(self, linear: FakeLinearApi) -> None:
        long_ago = {"createdAt": at(-5000), "updatedAt": at(-4000)}
        edited = {"createdAt": at(-5000), "updatedAt": at(5)}
        to_come = {"createdAt": at(9000), "updatedAt": at(9000)}
        linear.nodes["projectUpdates"] = [
            project_update(id_="old") | long_ago,
            project_update(id_="edited") | edited,
            project_update(id_="new") | to_come,
        ]

        kept = things(LinearRules())

        assert kept == ["cycle:c0", "cycle:c1", "projectupdate:edited"]

    def test_counts_all_that_a_cycle_carried_over(self) -> None:
        counts = {
            part.thing: (part.data or {})["carried_over"]
            for part in parts(list(history(SPAN, LinearRules())))
            if part.thing.startswith("cycle")
        }

        assert counts == {"cycle:c0": 8, "cycle:c1": 0}

    def test_knows_where_a_cycle_can_be_seen(self) -> None:
        part = next(
            part
            for part in parts(list(history(SPAN, LinearRules())))
            if part.thing == "cycle:c0"
        )

        assert part.data
        assert part.data["url"] == "https://linear.app/acme/team/COR/cycle/12"

    def test_has_all_moves_of_an_issue(self, linear: FakeLinearApi) -> None:
        bounces = [
            change(TODO, REVIEW, 1),
            change(None, None, 2),
            change(REVIEW, TODO, 3),
            change(TODO, REVIEW, 4),
            change(REVIEW, DONE, 5),
        ]
        linear.nodes["issues"] = [issue(DONE, 5, id_="i0") | {"history": bounces[::-1]}]

        moves = [
            part for part in parts(list(history(SPAN, ALL))) if ":i0" in part.thing
        ]

        assert [part.key for part in moves] == [
            "state",
            f"move:{TODO}:{REVIEW}",
            f"move:{REVIEW}:{TODO}",
            f"move:{TODO}:{REVIEW}",
            f"move:{REVIEW}:{DONE}",
        ]
        assert (moves[-1].data or {})["by"] == BOB

    def test_has_the_state_that_an_issue_was_made_in(
        self, linear: FakeLinearApi
    ) -> None:
        linear.nodes["issues"] = [
            issue(REVIEW, id_="i0") | {"history": []},
            issue(DONE, id_="i1") | {"history": [change(REVIEW, DONE, 5)]},
        ]

        keys = [(part.thing, part.key) for part in parts(list(history(SPAN, ALL)))]

        assert ("issue:i0", f"move::{REVIEW}") in keys
        assert ("issue:i1", f"move::{REVIEW}") in keys

    def test_has_no_moves_from_before_its_span(self, linear: FakeLinearApi) -> None:
        linear.nodes["issues"] = [
            issue(DONE, 9, id_="i0", createdAt=at(-9000))
            | {"history": [change(TODO, REVIEW, -5000), change(REVIEW, DONE, -4000)]},
        ]

        assert "issue:i0" not in things()

    def test_says_that_what_was_thrown_away_is_gone(
        self, linear: FakeLinearApi
    ) -> None:
        linear.nodes["issues"] = [issue(id_="i0", trashed=True) | {"history": []}]

        (gone,) = (p for p in parts(list(history(SPAN, ALL))) if p.thing == "issue:i0")

        assert gone.data is None

    def test_goes_past_what_nobody_can_read_and_bots(
        self, linear: FakeLinearApi, caplog: pytest.LogCaptureFixture
    ) -> None:
        linear.nodes["projectUpdates"][0]["health"] = 7
        bot = {"user": None, "userId": None, "botActor": {"name": "GitHub"}}
        linear.nodes["comments"][0] |= bot

        left = set(EVERYTHING) - {"projectupdate:p0", "comment:m0"}

        assert things() == sorted(left)
        assert "linear_node_unreadable" in caplog.text

    def test_has_no_character_that_postgresql_lacks(
        self, linear: FakeLinearApi
    ) -> None:
        linear.nodes["projectUpdates"] = [project_update("a\x00b")]

        (page, *_) = list(history(SPAN, LinearRules()))[1:]

        assert (page.parts[0].data or {})["body"] == "a\ufffdb"


@pytest.mark.usefixtures("slept")
class TestTrouble:
    @pytest.mark.parametrize("trouble", ["429", "limited", "500", "502", "lost"])
    def test_is_overcome(self, linear: FakeLinearApi, trouble: str) -> None:
        linear.troubles = [trouble, "", trouble, trouble, "", "", trouble]

        assert things() == EVERYTHING

    def test_in_the_middle_of_an_answer_is_overcome(
        self, linear: FakeLinearApi
    ) -> None:
        linear.troubles = ["cut", "", "cut"]

        assert things() == EVERYTHING

    @pytest.mark.parametrize("trouble", ["429", "limited"])
    def test_waits_as_long_as_linear_says(
        self, linear: FakeLinearApi, slept: list[float], trouble: str
    ) -> None:
        linear.troubles, linear.headers_of_trouble = [trouble], {"Retry-After": "7"}

        list(history(SPAN, LinearRules()))

        assert slept == [7]

    @pytest.mark.parametrize(
        ("seconds", "least", "most"), [(100, 95, 102), (-5, 1, JITTER)]
    )
    def test_waits_until_the_limit_is_filled_again(
        self,
        linear: FakeLinearApi,
        slept: list[float],
        seconds: int,
        least: float,
        most: float,
    ) -> None:
        linear.troubles = ["limited"]
        linear.headers_of_trouble = {
            "X-RateLimit-Requests-Remaining": "4",
            "X-RateLimit-Requests-Reset": str(int(time.time() + 500) * 1000),
            "X-RateLimit-Complexity-Remaining": "0",
            "X-RateLimit-Complexity-Reset": str(int(time.time() + seconds) * 1000),
        }

        list(history(SPAN, LinearRules()))

        assert least <= slept[0] <= most

    def test_waits_for_no_hour(self, linear: FakeLinearApi, slept: list[float]) -> None:
        linear.troubles = ["limited"]
        linear.headers_of_trouble = {"Retry-After": "3600"}

        with pytest.raises(BusyError, match="until"):
            list(history(SPAN, LinearRules()))

        assert slept == []

    def test_that_stays_is_told(self, linear: FakeLinearApi) -> None:
        linear.troubles = ["500"] * (RETRIES + 1)

        with pytest.raises(RefusedError, match="500"):
            list(history(SPAN, LinearRules()))

    def test_that_nobody_answers_is_told(self, linear: FakeLinearApi) -> None:
        linear.troubles = ["lost"] * (RETRIES + 1)

        with pytest.raises(httpx.TransportError):
            list(history(SPAN, LinearRules()))

    def test_of_a_key_that_was_revoked_is_told_at_once(
        self, linear: FakeLinearApi
    ) -> None:
        linear.refusal = "AUTHENTICATION_ERROR"

        with pytest.raises(RefusedError, match="400: AUTHENTICATION_ERROR"):
            list(history(SPAN, LinearRules()))

        assert len(linear.asked) == 1
