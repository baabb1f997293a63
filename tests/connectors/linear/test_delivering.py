"""Linear, all the way: from what it sends to what is remembered."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from audit import trail
from connectors.linear import CONNECTOR
from connectors.models import Delivery, Person, Thing
from connectors.rules import decide
from memories.models import Memory
from tests.connectors.delivering import spread, work
from tests.connectors.linear.delivering import deliver, post, signed
from tests.connectors.linear.fakes import FakeLinearApi
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
    comment,
    commented,
    cycle,
    issue,
    moved,
    person,
    project_update,
    removed,
    sent,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def contents() -> list[tuple[str, int, dict[str, Any]]]:
    rows = Memory.objects.order_by("external_id")
    return [(str(one.external_id), one.version, one.content) for one in rows]


class TestADelivery:
    def test_of_a_project_update_is_an_event_of_its_writer(self) -> None:
        ann = make_user(email="ann@x.com")
        deliver(change("ProjectUpdate", project_update("We are late")))
        work()

        memory = Memory.objects.get()
        assert (memory.type, memory.owner) == ("event", ann)
        assert memory.title == "Website relaunch: at risk"
        assert memory.content["summary"] == "We are late"
        assert Delivery.objects.get().event == "Issue.create"

    def test_of_a_cycle_is_told_once_it_is_over(self) -> None:
        deliver(change("Cycle", cycle(is_over=False, minutes=-5), action="update"))
        work()
        assert not Memory.objects.exists()

        deliver(change("Cycle", cycle(), action="update"))
        work()

        memory = Memory.objects.get()
        assert memory.content["event_type"] == "sprint retrospective"
        assert memory.title == "Cycle 12: 18 of 24 issues done"

    def test_of_a_cycle_is_told_anew_when_its_team_is_known(self) -> None:
        deliver(change("Cycle", cycle(), action="update"), change("Issue", issue()))
        work()
        spread()

        title = Memory.objects.get().title
        assert title == "Cycle 12 of Core: 18 of 24 issues done"

    def test_of_a_cycle_that_goes_on_after_all_is_told_no_more(self) -> None:
        deliver(change("Cycle", cycle(), action="update"))
        work()
        deliver(change("Cycle", cycle(is_over=False, minutes=5), action="update"))
        work()

        assert not Memory.objects.exists()

    def test_of_a_move_follows_the_rules(self) -> None:
        deliver(moved(TODO, REVIEW, 1))
        work()
        assert Delivery.objects.get().state == "ignored"

        decide(CONNECTOR, {"states": ["In Review"]})
        deliver(moved(TODO, REVIEW, 2), moved(REVIEW, DONE, 3, by=BOB))
        work()

        memory = Memory.objects.get()
        assert memory.content["summary"] == (
            "Bob Ray moved COR-12 Fix the login from In Review to Done.\n"
            "Before: to In Review on 2026-06-01."
        )

    def test_of_a_comment_follows_the_rules(self) -> None:
        decide(CONNECTOR, {"comments": True})
        deliver(commented("Ship it"))
        work()

        memory = Memory.objects.get()
        assert memory.content["event_type"] == "comment"
        assert memory.content["participants"] == ["Bob Ray"]

    def test_finds_the_owner_when_the_account_comes_to_exist(self) -> None:
        deliver(change("ProjectUpdate", project_update()))
        work()
        assert Memory.objects.get().owner is None

        ann = make_user(email="Ann@x.com")
        spread()

        assert Memory.objects.get().owner == ann

    def test_of_anything_else_is_kept_and_ignored(self) -> None:
        deliver(change("Project", {"id": "p1", "updatedAt": at()}))
        work()

        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.reason) == (
            "ignored",
            "Nothing is remembered of Project.",
        )

    @pytest.mark.parametrize(
        "body", [b'{"type": "Issue", "action"', b"[]", b"\xff\xfe", b"null"]
    )
    def test_that_is_signed_and_cannot_be_read_is_kept(self, body: bytes) -> None:
        assert post(body).status_code == 200

        delivery = Delivery.objects.get()
        assert delivery.state == "failed"
        assert delivery.reason


class TestAForgedDelivery:
    def test_is_refused_and_on_record(self) -> None:
        body = sent(change("Cycle", cycle()), timezone.now())
        old = sent(change("Cycle", cycle()), timezone.now() - timedelta(seconds=62))
        headers = signed(body)

        assert post(body.replace(b"21", b"22"), headers).status_code == 401
        assert post(body, signed(body, secret="other")).status_code == 401
        assert post(body, {"Linear-Delivery": "1"}).status_code == 401
        assert post(old).status_code == 401

        assert not Delivery.objects.exists()
        refused = [(one.action, one.outcome, one.reason) for one in trail.find()]
        assert refused == [("deliver", "refused", "forged: linear")] * 4


class TestTheOrder:
    CHANGES = (
        change("ProjectUpdate", project_update("first")),
        change("ProjectUpdate", project_update("second", minutes=1), action="update"),
        change("ProjectUpdate", project_update("third", minutes=2), action="update"),
    )

    @pytest.mark.parametrize("order", [*permutations(CHANGES)])
    def test_of_changes_does_not_matter(self, order: tuple[dict[str, Any]]) -> None:
        deliver(*order, *order)
        work()

        ((_, _, content),) = contents()
        assert content["summary"] == "third"

    @pytest.mark.parametrize(
        "order", [*permutations((*CHANGES[:2], removed("ProjectUpdate", minutes=3)))]
    )
    def test_of_a_removal_does_not_matter(self, order: tuple[dict[str, Any]]) -> None:
        for payload in order:
            deliver(payload)
            work()

        assert not Memory.objects.exists()

    @pytest.mark.parametrize(
        "order", [*permutations([moved(TODO, REVIEW, 1), moved(REVIEW, DONE, 2)])]
    )
    def test_of_moves_does_not_matter(self, order: tuple[dict[str, Any]]) -> None:
        decide(CONNECTOR, {"states": [REVIEW]})
        deliver(*order)
        work()

        ((_, _, content),) = contents()
        assert content["summary"].startswith("Ann Lee moved COR-12 Fix the login from")
        assert " to Done.\nBefore: " in content["summary"]

    def test_brings_back_an_issue_that_is_taken_out_of_the_bin(self) -> None:
        decide(CONNECTOR, {"states": [REVIEW]})
        deliver(moved(TODO, REVIEW, 1), removed("Issue", minutes=2))
        work()
        assert not Memory.objects.exists()

        restored = change(
            "Issue", issue(minutes=3), action="update", updatedFrom={"trashed": True}
        )
        deliver(restored)
        work()

        assert Memory.objects.exists()


@pytest.mark.parametrize(
    "payload",
    [
        change("ProjectUpdate", project_update("")),
        change("ProjectUpdate", project_update(None, by=None, health=None), by=None),
        change("ProjectUpdate", project_update("x" * 40_000)),
        change("ProjectUpdate", project_update("🎉" * 40_000)),
        change("ProjectUpdate", project_update("مرحبا \u202e @bob \x00")),
        change("ProjectUpdate", project_update(project={"id": "p", "name": "\n"})),
        change("ProjectUpdate", project_update(url="https://x/" + "y" * 90_000)),
        change("ProjectUpdate", project_update() | {"user": None}),
        change("Cycle", cycle(name="🎉" * 400, issueCountHistory=[])),
        moved(TODO, REVIEW, 1, by=None),
        moved(TODO, REVIEW, 1, title="x" * 40_000, assignee=None, url=None),
        commented("x" * 40_000),
        commented("", user=None, userId=None, botActor='{"name":"GitHub"}'),
        commented("x", issue=None),
    ],
    ids=range(14),
)
def test_the_odd_ones_do_no_harm(payload: dict[str, Any]) -> None:
    decide(CONNECTOR, {"states": ["In Review"], "comments": True})
    deliver(payload)
    work()

    delivery = Delivery.objects.get()
    assert delivery.state in {"done", "ignored"}, delivery.reason


class TestABackfill:
    @pytest.fixture(autouse=True)
    def _workspace(self, linear: FakeLinearApi) -> None:
        decide(CONNECTOR, {"states": ["In Review"], "comments": True})
        team = {"id": CORE, "key": "COR", "name": "Core"}
        over = cycle(team=team | {"organization": {"urlKey": "acme"}})
        over["uncompletedIssuesUponClose"] = [
            {"id": one} for one in over.pop("uncompletedIssuesUponCloseIds")
        ]
        went = {"id": "h1", "createdAt": at(5), "actorId": ANN}
        linear.nodes = {
            "users": [person(ANN), person(BOB)],
            "teams": [team],
            "workflowStates": [
                {"id": TODO, "name": "Todo"},
                {"id": REVIEW, "name": "In Review"},
            ],
            "projectUpdates": [project_update()],
            "cycles": [over | {"id": "c1"}],
            "issues": [
                issue(REVIEW, 5)
                | {"history": [went | {"fromStateId": TODO, "toStateId": REVIEW}]}
            ],
            "comments": [comment(url="https://linear.app/acme/issue/COR-12#c")],
        }

    DELIVERED = (
        change("ProjectUpdate", project_update()),
        change(
            "Cycle",
            cycle(id_="c1"),
            action="update",
            url="https://linear.app/acme/team/COR/cycle/12",
        ),
        moved(TODO, REVIEW, 5),
        change(
            "Comment", comment(), by=BOB, url="https://linear.app/acme/issue/COR-12#c"
        ),
    )

    def test_and_deliveries_of_one_thing_are_one_memory(self) -> None:
        call_command("backfill", "linear", "--since", "2026-06-01")
        spread()
        before = contents()
        assert [one for one, _, _ in before] == [
            f"comment:{ONE}",
            "cycle:c1",
            f"issue:{ONE}",
            f"projectupdate:{ONE}",
        ]

        deliver(*self.DELIVERED)
        work()
        spread()

        assert contents() == before
        assert Thing.objects.count() == 4

    def test_after_deliveries_adds_nothing_but_names(self) -> None:
        deliver(*self.DELIVERED)
        work()
        spread()
        ids = [one for one, _, _ in contents()]

        call_command("backfill", "linear", "--since", "2026-06-01")
        spread()

        told = contents()
        assert [one for one, _, _ in told] == ids
        assert told[2][2]["summary"] == (
            "Ann Lee moved COR-12 Fix the login from Todo to In Review."
        )
        assert Person.objects.get(external_id=TODO).name == "Todo"
