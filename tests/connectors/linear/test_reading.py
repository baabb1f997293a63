"""connectors.linear.reading: what Linear sends, taken apart."""

from typing import Any

import pytest

from connectors.base import Known, Part, Reading, UnreadableError
from connectors.linear.reading import read
from connectors.linear.rules import LinearRules
from tests.connectors.knowing import Knowing
from tests.connectors.linear.payloads import (
    ANN,
    BOB,
    CORE,
    DONE,
    ONE,
    REVIEW,
    TODO,
    at,
    change,
    commented,
    cycle,
    issue,
    moved,
    person,
    project_update,
    removed,
)

REVIEWED = LinearRules(states=["in review"])
ANN_LEE = Known(id=ANN, name="Ann Lee", email="ann@x.com")
BOB_RAY = Known(id=BOB, name="Bob Ray", email="bob@x.com")


def taken_apart(
    payload: dict[str, Any], *known: Known, rules: LinearRules | None = None
) -> Reading:
    return read("", payload, Knowing(*known), rules or LinearRules())


def as_of(minutes: float) -> str:
    return at(minutes).replace("Z", "+00:00")


class TestAProjectUpdate:
    def test_is_a_part_as_of_its_last_change(self) -> None:
        update = project_update("We are late", minutes=5)

        (part,) = taken_apart(change("ProjectUpdate", update, action="update")).parts

        assert part == Part(
            thing=f"projectupdate:{ONE}",
            key="state",
            revision=as_of(5),
            data={
                "project": "Website relaunch",
                "health": "atRisk",
                "body": "We are late",
                "by": ANN,
                "at": as_of(0),
                "url": update["url"],
            },
            people=[ANN],
        )

    def test_tells_who_wrote_it(self) -> None:
        payload = change("ProjectUpdate", project_update(), by=BOB)

        assert list(taken_apart(payload).people) == [BOB_RAY, ANN_LEE]

    def test_may_be_of_nobody(self) -> None:
        update = project_update(None, by=None, health=None)

        reading = taken_apart(change("ProjectUpdate", update, by=None))

        assert reading.parts[0].people == []
        assert not reading.people

    def test_of_a_deleted_account_keeps_its_id(self) -> None:
        update = project_update() | {"user": None}

        assert taken_apart(change("ProjectUpdate", update)).parts[0].people == [ANN]

    def test_may_have_its_address_beside_it(self) -> None:
        update = project_update() | {"url": None}
        payload = change("ProjectUpdate", update, url="https://linear.app/x")

        data = taken_apart(payload).parts[0].data

        assert data
        assert data["url"] == "https://linear.app/x"

    def test_may_have_fields_that_nobody_knows(self) -> None:
        update = project_update(mood={"of": [7]})

        assert taken_apart(change("ProjectUpdate", update, traces=[1])).parts


class TestACycle:
    def test_is_a_part_with_how_it_began_and_ended(self) -> None:
        (part,) = taken_apart(change("Cycle", cycle(), action="update")).parts

        assert (part.thing, part.revision) == (f"cycle:{ONE}", as_of(0))
        assert list(part.people) == [CORE]
        assert part.data
        assert part.data["issues"] == [21, 24]
        assert part.data["issues_done"] == [0, 18]
        assert part.data["carried_over"] == 6
        assert part.data["completed_at"] == as_of(0)

    def test_is_one_before_it_is_over(self) -> None:
        (part,) = taken_apart(change("Cycle", cycle(is_over=False))).parts

        assert part.data
        assert part.data["completed_at"] is None

    def test_may_have_no_days_yet(self) -> None:
        bare = cycle(issueCountHistory=[], scopeHistory=[], is_over=False)

        (part,) = taken_apart(change("Cycle", bare)).parts

        assert part.data
        assert part.data["issues"] is None


class TestAMove:
    def test_is_a_part_beside_the_issue(self) -> None:
        payload = moved(TODO, REVIEW, 5, by=BOB)

        state, move = taken_apart(payload, rules=REVIEWED).parts

        assert (state.thing, state.key) == (f"issue:{ONE}", "state")
        assert state.data == {
            "identifier": "COR-12",
            "title": "Fix the login",
            "url": "https://linear.app/acme/issue/COR-12/fix-the-login",
            "assignee": BOB,
        }
        assert (move.thing, move.key) == (f"issue:{ONE}", f"move:{TODO}:{REVIEW}")
        assert move.revision == as_of(5)
        assert move.data == {"from": TODO, "to": REVIEW, "by": BOB, "at": as_of(5)}
        assert list(move.people) == [BOB, TODO, REVIEW]

    def test_out_of_a_picked_state_is_one_by_its_known_name(self) -> None:
        payload = moved(REVIEW, DONE, 5)
        review = Known(id=REVIEW, name="In Review")

        assert taken_apart(payload, review, rules=REVIEWED).parts
        assert not taken_apart(payload, rules=REVIEWED).parts
        assert taken_apart(payload, rules=LinearRules(states=[REVIEW])).parts

    def test_is_ignored_where_the_rules_do_not_pick_a_state(self) -> None:
        assert taken_apart(moved(TODO, REVIEW, 5)).ignored
        assert taken_apart(moved(TODO, DONE, 5), rules=REVIEWED).ignored

    def test_tells_names_even_where_it_is_ignored(self) -> None:
        people = taken_apart(moved(TODO, REVIEW, 5)).people

        assert Known(id=REVIEW, name="In Review") in people
        assert Known(id=CORE, name="Core") in people
        assert BOB_RAY in people

    def test_may_be_into_the_state_that_an_issue_is_made_in(self) -> None:
        payload = change("Issue", issue(REVIEW), by=BOB)

        _, move = taken_apart(payload, rules=REVIEWED).parts

        assert move.key == f"move::{REVIEW}"
        assert move.data == {"from": None, "to": REVIEW, "by": ANN, "at": as_of(0)}

    def test_by_an_integration_is_by_nobody(self) -> None:
        payload = moved(TODO, REVIEW, 5)
        payload["actor"] = {"id": "i1", "type": "integration", "service": "github"}

        _, move = taken_apart(payload, rules=REVIEWED).parts

        assert move.data
        assert move.data["by"] is None

    def test_is_not_every_change(self) -> None:
        payload = moved(TODO, REVIEW, 5) | {"updatedFrom": {"title": "Fix login"}}

        ignored = taken_apart(payload, rules=REVIEWED)

        assert not ignored.parts
        assert "stayed" in ignored.ignored


class TestAnIssue:
    def test_that_is_thrown_away_is_gone(self) -> None:
        thrown = issue(trashed=True, minutes=5)
        payload = change("Issue", thrown, action="update", updatedFrom={})

        (part,) = taken_apart(payload).parts

        assert (part.key, part.revision, part.data) == ("state", as_of(5), None)

    def test_that_is_taken_back_is_there(self) -> None:
        payload = change(
            "Issue", issue(minutes=9), action="update", updatedFrom={"trashed": True}
        )

        (part,) = taken_apart(payload).parts

        assert part.data
        assert part.data["identifier"] == "COR-12"


class TestAComment:
    WANTED = LinearRules(comments=True)

    def test_is_a_part_where_the_rules_want_it(self) -> None:
        (part,) = taken_apart(commented("Yes"), rules=self.WANTED).parts

        assert part.thing == f"comment:{ONE}"
        assert part.data
        assert part.data["on"] == "COR-12 Fix the login"
        assert part.data["by"] == BOB
        assert part.data["url"].endswith("#comment-539068e2")

    def test_is_ignored_where_they_do_not(self) -> None:
        assert "rules" in taken_apart(commented("Yes")).ignored

    def test_of_a_bot_is_ignored(self) -> None:
        payload = commented("Merged", user=None, userId=None, botActor="{}")

        assert "bot" in taken_apart(payload, rules=self.WANTED).ignored

    def test_may_be_of_somebody_from_elsewhere(self) -> None:
        outside = {"id": "e1", "name": "Eve", "email": "eve@acme.com"}
        payload = commented("Yes", user=None, userId=None, externalUser=outside)

        reading = taken_apart(payload, rules=self.WANTED)

        assert reading.parts[0].people == ["e1"]
        # Whoever writes from elsewhere may claim to be anybody.
        assert Known(id="e1", name="Eve") in reading.people

    def test_may_be_on_a_project_update(self) -> None:
        on = {"id": "u1", "project": {"id": "p1", "name": "Website relaunch"}}
        payload = commented("Yes", issue=None, projectUpdate=on)

        data = taken_apart(payload, rules=self.WANTED).parts[0].data

        assert data
        assert data["on"] == "Website relaunch"


class TestARemoval:
    @pytest.mark.parametrize(
        ("kind", "thing"),
        [
            ("ProjectUpdate", "projectupdate"),
            ("Cycle", "cycle"),
            ("Issue", "issue"),
            ("Comment", "comment"),
        ],
    )
    def test_leaves_nothing_whatever_the_rules(self, kind: str, thing: str) -> None:
        (part,) = taken_apart(removed(kind, minutes=5)).parts

        assert (part.thing, part.key) == (f"{thing}:{ONE}", "state")
        assert part.data is None

    def test_is_newer_than_a_change_at_the_same_moment(self) -> None:
        (gone,) = taken_apart(removed("ProjectUpdate", minutes=5)).parts
        update = change("ProjectUpdate", project_update(minutes=5))

        (changed,) = taken_apart(update).parts

        assert gone.revision > changed.revision
        later = change("ProjectUpdate", project_update(minutes=6))
        assert taken_apart(later).parts[0].revision > gone.revision

    def test_goes_by_when_it_was_sent_where_it_does_not_say_when_it_was(self) -> None:
        payload = removed("Cycle", minutes=5)
        payload |= {"createdAt": None, "webhookTimestamp": 1780315800123}

        (part,) = taken_apart(payload).parts

        assert part.revision.startswith("2026-06-01T12:10:00.123")


class TestAPerson:
    def test_that_joins_or_changes_is_known(self) -> None:
        payload = change("User", person(BOB), action="update", minutes=1)

        assert BOB_RAY in taken_apart(payload).people


class TestAllElse:
    @pytest.mark.parametrize("kind", ["Project", "IssueLabel", "Reaction", "IssueSLA"])
    def test_is_ignored(self, kind: str) -> None:
        assert kind in taken_apart({"type": kind, "action": "set"}).ignored

    def test_that_is_done_to_what_we_know_is_ignored(self) -> None:
        payload = change("Cycle", cycle(), action="archive")

        assert "archive" in taken_apart(payload).ignored

    @pytest.mark.parametrize(
        ("payload", "why"),
        [
            ({}, "/type"),
            ({"type": 7}, "/type"),
            (change("Cycle", cycle()) | {"data": None}, "/data"),
            (change("Cycle", cycle(number="twelve")), "/number"),
            (change("Cycle", cycle(scopeHistory=[float("inf")])), "scopeHistory"),
            (change("Cycle", cycle(completedAt="soon")), "completedAt"),
            (change("Cycle", cycle(completedAt="9999-12-31T23:59-05:00")), "completed"),
            (change("Issue", issue() | {"id": None}), "/id"),
            (change("ProjectUpdate", project_update() | {"user": "Ann"}), "/user"),
            (
                removed("Issue", minutes=1)
                | {"createdAt": None, "webhookTimestamp": 10**400},
                "webhookTimestamp",
            ),
            (
                removed("Issue", minutes=1)
                | {"createdAt": None, "webhookTimestamp": None},
                "createdAt",
            ),
        ],
    )
    def test_that_is_no_such_thing_says_where(
        self, payload: dict[str, Any], why: str
    ) -> None:
        with pytest.raises(UnreadableError, match=why):
            taken_apart(payload)
