"""Gong, all the way: from what it sends to what is remembered."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from accounts.actor import Channel, hub
from connectors import catching_up
from connectors.models import Delivery
from connectors.registry import registry
from memories.models import Memory
from tests.connectors.delivering import post, spread, work
from tests.connectors.gong.delivering import OTHER_KEY, PATH, deliver, token
from tests.connectors.gong.fakes import FakeGongApi
from tests.connectors.gong.payloads import (
    CALL,
    ZOE_FOX,
    as_json,
    call,
    notice,
    party,
    whole_call,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 6, 2, tzinfo=UTC)


def catch_up(*, since: datetime = NOW - timedelta(days=2)) -> None:
    """Get the past, as a backfill does."""
    backfill = catching_up.begin("gong", since=since, until=NOW, now=NOW)
    actor = hub(Channel.TASK)
    list(catching_up.go_on(registry()["gong"], backfill, actor=actor, now=NOW))


def test_a_call_becomes_what_a_person_would_have_written() -> None:
    ann = make_user(email="ann@hub.example")
    deliver(notice(whole_call()))
    work()

    event = Memory.objects.get(type="event")
    assert (event.title, event.owner, event.source) == ("Renewal", ann, "gong")
    assert event.external_id == CALL
    assert event.content["customer"] == "Acme"
    assert "with Zoe Fox of Acme, 36 minutes" in event.content["summary"]
    assert event.metadata == {"sentiment": "derived"}

    insight = Memory.objects.get(type="insight")
    assert insight.owner == ann
    assert insight.content["evidence"] == [str(event.pk)]
    assert insight.content["customer"] == "Acme"


def test_whose_account_comes_later_owns_the_call() -> None:
    deliver(notice(call()))
    work()
    ann = make_user(email="ann@hub.example")
    spread()

    assert Memory.objects.get().owner == ann


@pytest.mark.parametrize("order", [*permutations(range(3))], ids=str)
def test_in_any_order_the_most_that_is_known_is_remembered(
    order: tuple[int, ...],
) -> None:
    told = [notice(call()), notice(whole_call()), notice(call(title="Renewal, 2026"))]
    for number in order:
        deliver(told[number])
        work()

    assert "threatens to cancel" in Memory.objects.get(type="event").content["summary"]
    assert Memory.objects.count() == 2


def test_the_same_twice_is_one() -> None:
    deliver(notice(call()), notice(call()))
    work()

    assert Delivery.objects.count() == 1
    assert Memory.objects.get().version == 1


@pytest.mark.parametrize("is_first", [True, False])
def test_a_delivery_and_the_past_are_one_memory(
    gong: FakeGongApi, *, is_first: bool
) -> None:
    gong.calls = [whole_call()]
    if is_first:
        deliver(notice(whole_call()))
        work()
    catch_up()
    if not is_first:
        deliver(notice(whole_call()))
        work()

    assert Memory.objects.get(type="event").version == 1
    assert Memory.objects.count() == 2


def test_the_past_goes_on_where_it_was_cut_off(gong: FakeGongApi) -> None:
    gong.calls = [call(id=str(n)) for n in range(8)]
    backfill = catching_up.begin(
        "gong", since=NOW - timedelta(days=2), until=NOW, now=NOW
    )
    pages = catching_up.go_on(
        registry()["gong"], backfill, actor=hub(Channel.TASK), now=NOW
    )
    next(pages)
    next(pages)
    assert Memory.objects.count() == 3
    before = len(gong.asked)

    catch_up()

    assert Memory.objects.count() == 8
    assert [asked.get("cursor") for _, asked in gong.asked[before:]] == [
        "page:3",
        "page:6",
    ]


def test_a_call_that_became_private_is_forgotten(gong: FakeGongApi) -> None:
    deliver(notice(whole_call()))
    work()
    gong.calls = [whole_call(isPrivate=True)]
    catch_up()
    deliver(notice(whole_call(duration=9)))
    work()

    assert not Memory.objects.exists()


def test_a_test_is_kept_and_not_remembered() -> None:
    deliver(notice(whole_call(), isTest=True))
    work()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.event) == ("ignored", "test")
    assert not Memory.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": token(as_json(notice(call())), key=OTHER_KEY)},
        {"Authorization": token(as_json(notice(call())) + b" ")},
        {"Authorization": token(as_json(notice(call())), exp=1)},
    ],
)
def test_what_gong_did_not_sign_is_refused(headers: dict[str, str]) -> None:
    assert post(as_json(notice(call())), headers, PATH).status_code == 401
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        (notice(call(title="")), "done"),
        (notice(call(title="x" * 40_000)), "done"),
        (notice(call(title="🎉" * 10_000)), "done"),
        (notice(call(title="مرحبا \u202e")), "done"),
        (notice(call(title="a\x00b\ud800")), "done"),
        (notice(call(primaryUserId="1")), "done"),
        (notice(call(party(None), ZOE_FOX)), "done"),
        (notice(call(started=None, scheduled=None)), "done"),
        (notice(call(mood="fine"), mood="fine"), "done"),
        (notice(call(), isPrivate=True), "ignored"),
        (notice(None), "failed"),
        (notice(call(id=7)), "failed"),
        (notice(call() | {"parties": "x"}), "failed"),
        ({}, "failed"),
        ({"event": "scorecard"}, "failed"),
    ],
)
def test_the_odd_ones_do_no_harm(payload: dict[str, Any], state: str) -> None:
    deliver(payload)
    work()

    assert Delivery.objects.get().state == state
