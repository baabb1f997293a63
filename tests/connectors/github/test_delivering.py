"""GitHub, all the way: from what it sends to what is remembered."""

import hashlib
from itertools import permutations
from typing import Any

import pytest

from connectors.github import CONNECTOR
from connectors.models import Delivery, Thing
from connectors.rules import decide
from memories.models import Memory
from tests.connectors.delivering import post, spread, work
from tests.connectors.github.delivering import PATH, deliver, send, signed
from tests.connectors.github.payloads import (
    ANN,
    BOB,
    CAT,
    LATER,
    MERGED,
    OPENED,
    THING,
    as_json,
    closed,
    comment,
    commented,
    event,
    merged,
    ping,
    pull,
    review,
    reviewed,
    thread,
    user,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

STORY = [
    event("opened", pull("Cache prices")),
    event("edited", pull(updated_at=LATER)),
    reviewed(review(state="approved"), at="2026-06-01T14:00:00Z"),
    event("closed", merged()),
    commented(comment(), "deleted"),
]


def remembered() -> list[tuple[str | None, dict[str, Any]]]:
    """Return what is remembered, with the names that memories have in place of ids."""
    memories = list(Memory.objects.order_by("external_id"))
    names = {str(each.pk): each.external_id for each in memories}
    return [
        (
            each.external_id,
            each.content
            | {
                "evidence": sorted(names[one] or "" for one in each.content["evidence"])
            },
        )
        for each in memories
    ]


def test_a_pull_request_becomes_what_a_person_would_have_written() -> None:
    ann, bob = make_user(email="ann@x.com"), make_user(email="bob@x.com")
    decide(CONNECTOR, {"emails": {ANN: "ann@x.com", BOB: "bob@x.com"}})
    deliver(
        event("opened", pull()),
        reviewed(review()),
        thread(comment()),
        reviewed(review("", by=CAT, id_=81, state="approved")),
        event("closed", merged()),
    )
    work()
    spread()

    decision = Memory.objects.get(type="decision")
    insights = list(Memory.objects.filter(type="insight").order_by("external_id"))
    assert (decision.source, decision.external_id) == ("github", THING)
    assert (decision.title, decision.owner) == ("Cache prices for an hour", ann)
    assert decision.tags == ["pricing"]
    assert decision.content["status"] == "accepted"
    assert decision.content["decided_by"] == [BOB, CAT]
    assert sorted(decision.content["evidence"]) == sorted(
        str(each.pk) for each in insights
    )
    assert [each.external_id for each in insights] == [
        f"{THING}:review:80",
        f"{THING}:thread:10",
    ]
    for each in insights:
        assert each.owner == bob
        assert each.content["category"] == "code review"
        assert each.content["evidence"] == [str(decision.pk)]


def test_what_is_told_goes_on_to_nothing_new() -> None:
    deliver(*STORY)
    work()
    spread()
    versions = dict(Memory.objects.values_list("external_id", "version"))

    deliver(*STORY)
    work()
    spread()

    assert dict(Memory.objects.values_list("external_id", "version")) == versions


def test_it_is_the_same_in_every_order() -> None:
    told = []
    for order in permutations(STORY[:4]):
        Memory.objects.all().delete()
        Thing.objects.all().delete()
        for each in order:
            send(each)
        work()
        spread()
        told.append(remembered())

    assert told[0][0][1]["status"] == "accepted"
    assert all(one == told[0] for one in told)


def test_the_same_again_has_one_effect() -> None:
    for _ in range(5):
        assert send(STORY[0], id_="72d3162e").status_code == 200
    work()

    assert Delivery.objects.count() == 1
    assert Memory.objects.get().version == 1


def test_what_replaces_another_is_joined_to_it_when_that_comes() -> None:
    deliver(event("closed", merged(body="Supersedes #7")))
    work()
    spread()
    deliver(event("closed", merged(number=7)))
    work()
    spread()

    newer, older = (
        Memory.objects.get(external_id=one) for one in (THING, "acme/hub#7")
    )
    assert newer.content["supersedes"] == str(older.pk)


def test_a_ping_is_answered_and_not_kept() -> None:
    answer = send(ping())

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert not Delivery.objects.exists()


def test_another_event_is_ignored_with_the_reason() -> None:
    send({"ref": "refs/heads/main"}, event="push")
    work()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.event) == ("ignored", "push")
    assert "push" in delivery.reason


def test_what_github_did_not_sign_is_refused() -> None:
    body = as_json(STORY[0])
    good = signed(body, "pull_request")
    of_another = hashlib.sha256(body).hexdigest()

    for headers in (
        good | {"X-Hub-Signature-256": f"sha256={of_another}"},
        {key: value for key, value in good.items() if key != "X-Hub-Signature-256"},
    ):
        assert post(body, headers, PATH).status_code == 401
    assert post(body + b" ", good, PATH).status_code == 401
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        (event("opened", pull(body="")), "done"),
        (event("opened", pull(body=None, user=None)), "done"),
        (event("opened", pull(user=user("ghost"))), "done"),
        (event("opened", pull(body="x" * 40_000)), "done"),
        (event("opened", pull("🎉" * 60, "🎉" * 10_000)), "done"),
        (event("opened", pull("مرحبا \u202e", "שלום")), "done"),
        (event("opened", pull("a\x00b", "\ud800")), "done"),
        (event("frobnicated", pull(), novelty={"x": 1}), "done"),
        (event("closed", closed(OPENED)), "done"),
        (reviewed(review(None) | {"user": None}), "done"),
        (commented(comment(None) | {"user": None}), "done"),
        (thread(), "done"),
        (event("opened", pull(user=user("dependabot[bot]", type="Bot"))), "ignored"),
        (event("opened", pull() | {"title": None}), "failed"),
        ({"action": "opened"}, "failed"),
    ],
)
def test_the_odd_ones_do_no_harm(payload: dict[str, Any], state: str) -> None:
    deliver(payload)
    work()

    assert Delivery.objects.get().state == state


def test_a_memory_goes_when_its_thread_is_opened_again() -> None:
    deliver(thread(comment()))
    work()
    spread()
    deliver(thread(comment(), action="unresolved", at=MERGED))
    work()
    spread()

    decision = Memory.objects.get()
    assert decision.type == "decision"
    assert not decision.content.get("evidence")
