"""connectors.linear.telling: what is told of the parts of what changed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Known, Telling
from connectors.linear.reading import comment_part, cycle_part, issue_parts, update_part
from connectors.linear.rules import LinearRules
from connectors.linear.shapes import Comment, Cycle, Issue, Move, ProjectUpdate
from connectors.linear.telling import tell
from tests.connectors.knowing import Knowing
from tests.connectors.linear.payloads import (
    ANN,
    BOB,
    CORE,
    DONE,
    ONE,
    REVIEW,
    STATES,
    TODO,
    at,
    comment,
    cycle,
    issue,
    project_update,
)
from tests.connectors.linear.test_reading import ANN_LEE, BOB_RAY

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVERYBODY = Knowing(
    ANN_LEE,
    BOB_RAY,
    Known(id=CORE, name="Core"),
    *(Known(id=id_, name=name) for id_, name in STATES.items()),
)


def told_of_update(*, knowing: Knowing = EVERYBODY, **fields: Any) -> Telling:
    part = update_part(ProjectUpdate.model_validate(project_update(**fields)))
    (telling,) = tell(part.thing, {"state": part.data or {}}, knowing, LinearRules())
    return telling


def told_of_cycle(*, knowing: Knowing = EVERYBODY, **fields: Any) -> Telling:
    part = cycle_part(Cycle.model_validate(cycle(**fields)), "https://linear.app/c")
    (telling,) = tell(part.thing, {"state": part.data or {}}, knowing, LinearRules())
    return telling


def told_of_moves(
    *moves: tuple[str | None, str, float],
    states: list[str] | None = None,
    knowing: Knowing = EVERYBODY,
) -> list[Telling]:
    made = [Move(at=at(when), origin=a, to=b, by=ANN) for a, b, when in moves]
    parts = issue_parts(Issue.model_validate(issue()), made)
    by_key = {each.key: each.data or {} for each in parts}
    rules = LinearRules(states=states or ["In Review"])
    return list(tell(parts[0].thing, by_key, knowing, rules))


class TestAProjectUpdate:
    def test_is_an_event_of_the_project_s_health(self) -> None:
        telling = told_of_update()

        draft = telling.draft
        assert (draft.type, draft.source) == ("event", "linear")
        assert draft.external_id == f"projectupdate:{ONE}"
        assert draft.title == "Website relaunch: at risk"
        assert draft.occurred_at == NOON
        assert telling.owner == ANN
        assert draft.content == {
            "event_type": "project update",
            "severity": "warning",
            "summary": "The new pages are up.\n\nTODO @Bob: redirects by Friday",
            "participants": ["Ann Lee"],
            "url": "https://linear.app/acme/project/website-1f2e/overview#update-f3b1",
            "action_items": [
                {
                    "text": "redirects by Friday",
                    "assignee": "Bob",
                    "due_date": "2026-06-05",
                    "done": False,
                }
            ],
        }

    @pytest.mark.parametrize(
        ("health", "severity", "title"),
        [
            ("onTrack", "info", "Website relaunch: on track"),
            ("atRisk", "warning", "Website relaunch: at risk"),
            ("offTrack", "critical", "Website relaunch: off track"),
            ("paused", "info", "Website relaunch: paused"),
            (None, "info", "Website relaunch"),
        ],
    )
    def test_is_as_grave_as_its_health(
        self, health: str | None, severity: str, title: str
    ) -> None:
        draft = told_of_update(health=health).draft

        assert draft.content["severity"] == severity
        assert draft.title == title

    @pytest.mark.parametrize("body", [None, "", " \n"])
    def test_without_a_word_says_the_health(self, body: str | None) -> None:
        assert told_of_update(body=body).draft.content["summary"] == (
            "Website relaunch: at risk."
        )

    def test_of_nobody_has_no_owner(self) -> None:
        telling = told_of_update(by=None)

        assert telling.owner is None
        assert "participants" not in telling.draft.content

    def test_of_somebody_nobody_knows_names_nobody(self) -> None:
        telling = told_of_update(knowing=Knowing())

        assert telling.owner == ANN
        assert "participants" not in telling.draft.content

    @pytest.mark.parametrize(
        "body", ["x" * 40_000, "🎉" * 40_000, "مرحبا \u202e x", '"\\' * 40_000]
    )
    def test_of_any_length_and_script_fits(self, body: str) -> None:
        summary = told_of_update(body=body).draft.content["summary"]

        assert summary[:20] == body[:20]

    def test_has_a_title_that_fits(self) -> None:
        name = "A\nproject " * 100
        title = told_of_update(project={"id": "p1", "name": name}).draft.title

        assert title
        assert title.startswith("A project A project")
        assert len(title) <= 200


class TestACycle:
    def test_that_is_over_is_a_sprint_retrospective(self) -> None:
        telling = told_of_cycle()

        draft = telling.draft
        assert draft.external_id == f"cycle:{ONE}"
        assert draft.title == "Cycle 12 of Core: 18 of 24 issues done"
        assert draft.occurred_at == NOON
        assert telling.owner is None
        assert draft.content == {
            "event_type": "sprint retrospective",
            "summary": "Cycle 12 of Core: 18 of 24 issues done (75 %), 6 carried over, "
            "scope grew by 3 (from 21 to 24).\n"
            "In points: 36 of 48 done, 40 at the start.\n"
            "It ran from 2026-05-18 to 2026-06-01.",
            "duration_seconds": 14 * 86400,
            "url": "https://linear.app/c",
        }
        assert draft.metadata == {
            "planned": 21,
            "total": 24,
            "done": 18,
            "carried_over": 6,
            "scope_change": 3,
            "points_planned": 40,
            "points_total": 48,
            "points_done": 36,
        }

    def test_that_is_not_over_is_not_told(self) -> None:
        part = cycle_part(Cycle.model_validate(cycle(is_over=False)), None)

        assert not tell(
            part.thing, {"state": part.data or {}}, EVERYBODY, LinearRules()
        )

    @pytest.mark.parametrize(
        ("counts", "done", "carried", "outcome"),
        [
            ([24], [24], 0, "24 of 24 issues done (100 %), none carried over, "
             "scope unchanged"),
            ([24, 22], [0, 20], 2, "20 of 22 issues done (90 %), 2 carried over, "
             "scope shrank by 2 (from 24 to 22)"),
            ([21, 24, 18], [0, 18, 18], 6, "18 of 24 issues done (75 %), "
             "6 carried over, scope grew by 3 (from 21 to 24)"),
            ([24], [18], 4, "18 of 24 issues done (75 %), 4 carried over, "
             "scope unchanged"),
            ([300], [299], 1, "299 of 300 issues done (99 %), 1 carried over, "
             "scope unchanged"),
            ([1], [0], 1, "0 of 1 issue done (0 %), 1 carried over, scope unchanged"),
            ([], [], 2, "0 of 2 issues done (0 %), 2 carried over"),
            ([], [], 0, "it ended without issues"),
            ([0, 0], [0, 0], 0, "it ended without issues"),
        ],
    )  # fmt: skip
    def test_says_what_was_planned_and_done(
        self, counts: list[int], done: list[int], carried: int, outcome: str
    ) -> None:
        summary = told_of_cycle(
            issueCountHistory=counts,
            completedIssueCountHistory=done,
            scopeHistory=counts,
            completedScopeHistory=done,
            uncompletedIssuesUponCloseIds=[f"i{n}" for n in range(carried)],
        ).draft.content["summary"]

        assert summary == (
            f"Cycle 12 of Core: {outcome}.\nIt ran from 2026-05-18 to 2026-06-01."
        )

    def test_goes_by_its_name_too(self) -> None:
        title = told_of_cycle(name="Payments", knowing=Knowing()).draft.title

        assert title == "Cycle 12 (Payments): 18 of 24 issues done"


class TestAnIssue:
    def test_tells_how_it_moved(self) -> None:
        (telling,) = told_of_moves((TODO, REVIEW, 5))

        draft = telling.draft
        assert draft.external_id == f"issue:{ONE}"
        assert draft.title == "COR-12 Fix the login: Todo → In Review"
        assert draft.occurred_at == NOON.replace(minute=5)
        assert telling.owner == ANN
        assert draft.content == {
            "event_type": "issue moved",
            "summary": "Ann Lee moved COR-12 Fix the login from Todo to In Review.",
            "participants": ["Ann Lee", "Bob Ray"],
            "url": "https://linear.app/acme/issue/COR-12/fix-the-login",
        }

    def test_tells_the_last_move_first(self) -> None:
        (telling,) = told_of_moves((REVIEW, DONE, 90), (None, REVIEW, 5))

        assert telling.draft.content["summary"] == (
            "Ann Lee moved COR-12 Fix the login from In Review to Done.\n"
            "Before: created in In Review on 2026-06-01."
        )

    def test_may_be_made_in_a_picked_state(self) -> None:
        (telling,) = told_of_moves((None, REVIEW, 0))

        assert telling.draft.title == "COR-12 Fix the login: In Review"
        assert telling.draft.content["summary"] == (
            "Ann Lee created COR-12 Fix the login in In Review."
        )

    def test_tells_only_of_the_states_that_the_rules_pick(self) -> None:
        assert not told_of_moves((TODO, REVIEW, 5), states=["Done"])

    def test_goes_without_the_names_that_nobody_knows(self) -> None:
        (telling,) = told_of_moves(
            (TODO, REVIEW, 5), states=[REVIEW], knowing=Knowing()
        )

        assert telling.draft.content["summary"] == (
            "COR-12 Fix the login moved to another state."
        )

    def test_that_is_gone_is_not_told(self) -> None:
        move = {"from": TODO, "to": REVIEW, "by": ANN, "at": at()}
        rules = LinearRules(states=["In Review"])

        assert not tell(f"issue:{ONE}", {"move:a:b": move}, EVERYBODY, rules)


class TestAComment:
    def told(self, *, wanted: bool = True, **fields: Any) -> list[Telling]:
        part = comment_part(Comment.model_validate(comment(**fields)))
        rules = LinearRules(comments=wanted)
        return list(tell(part.thing, {"state": part.data or {}}, EVERYBODY, rules))

    def test_is_an_event_of_who_said_what_of_which_issue(self) -> None:
        (telling,) = self.told()

        assert telling.draft.title == "Comment on COR-12 Fix the login"
        assert telling.owner == BOB
        assert telling.draft.content == {
            "event_type": "comment",
            "summary": "Looks good to me.",
            "participants": ["Bob Ray"],
        }

    def test_is_not_told_where_the_rules_do_not_want_it(self) -> None:
        assert not self.told(wanted=False)

    @pytest.mark.parametrize("body", [None, "", "\n"])
    def test_that_says_nothing_is_not_told(self, body: str | None) -> None:
        assert not self.told(body=body)
