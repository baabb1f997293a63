"""Slack, all the way: from what it sends to what is remembered."""

import pytest
from django.test import Client

from connectors.models import Delivery
from memories.models import Memory
from tests.connectors.delivering import PATH, deliver, signed, spread, work
from tests.connectors.slack.payloads import (
    ANN,
    BOB,
    CHANNEL,
    TS,
    as_form,
    channel_made,
    edited,
    event,
    joined,
    message,
    shortcut,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_thread_becomes_what_a_person_would_have_written() -> None:
    ann = make_user(email="ann@x.com")
    question = message("Which price for <https://acme.com|Acme>?", user=BOB)
    answer = message(
        f"Decision: 12 &amp; no less\n• TODO <@{BOB}> tell them by Friday",
        ts="1780315260.000200",
        thread_ts=TS,
        parent_user_id=BOB,
    )
    domain = event({"type": "team_domain_change", "domain": "acme"})
    people = (joined(ANN, "Ann Lee", "ann@x.com"), joined(BOB, "Bob Ray"))
    deliver(question, answer, *people, channel_made(), domain)
    work()
    spread()

    asked, said = Memory.objects.filter(type="chat").order_by("external_id")
    assert asked.content["message"] == "Which price for Acme (https://acme.com)?"
    assert (said.title, said.owner) == ("Decision: 12 & no less", ann)
    assert said.content["participants"] == ["Ann Lee", "Bob Ray"]
    assert said.content["session_id"] == asked.content["session_id"]
    assert said.content["channel"] == "#pricing"

    decision = Memory.objects.get(type="decision")
    assert decision.title == "12 & no less"
    assert decision.owner == ann
    assert decision.content["status"] == "accepted"
    assert decision.content["decided_by"] == ["Ann Lee"]
    assert decision.content["evidence"] == [str(said.pk), str(asked.pk)]
    assert decision.content["url"] == (
        f"https://acme.slack.com/archives/{CHANNEL}/p1780315260000200"
        f"?thread_ts={TS}&cid={CHANNEL}"
    )
    assert decision.content["action_items"] == [
        {
            "text": "tell them by Friday",
            "assignee": "Bob Ray",
            "due_date": "2026-06-05",
            "done": False,
        }
    ]


def test_a_shortcut_comes_as_a_form() -> None:
    body = as_form(shortcut("We keep the price", at="1780315260.000200"))
    answer = Client().post(
        PATH,
        body,
        content_type="application/x-www-form-urlencoded",
        headers=signed(body),
    )
    work()

    assert answer.status_code == 200
    assert Delivery.objects.get().event == "message_action"
    decision = Memory.objects.get(type="decision")
    assert decision.content["decision"] == "We keep the price"
    assert decision.content["decided_by"] == [ANN, BOB]


@pytest.mark.parametrize(
    "payload",
    [
        message("", user=None),
        message("x", bot_id="B1"),
        message("x", subtype="channel_join"),
        message("x" * 40_000),
        message("🎉" * 10_000),
        message("مرحبا <@U9> \u202e"),
        message("x", user="U0DELETED"),
        edited("x", at="1780315260.000200", bot_id="B1"),
    ],
    ids=lambda payload: payload["event_id"],
)
def test_the_odd_ones_do_no_harm(payload: dict[str, object]) -> None:
    deliver(payload)
    work()

    assert Delivery.objects.get().state in {"done", "ignored"}
