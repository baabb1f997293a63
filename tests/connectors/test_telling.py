"""connectors.telling: what is told of things, and what it rests on."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.actor import Channel, hub
from audit import trail
from connectors.models import News, Thing, Told
from connectors.rules import decide
from connectors.slack import CONNECTOR
from memories import mediator
from memories.models import Memory
from tests.connectors.delivering import deliver, spread, work
from tests.connectors.slack.payloads import TS, deleted, edited, message, reacted

pytestmark = pytest.mark.django_db(transaction=True)


def at(seconds: int) -> str:
    return f"{int(float(TS)) + seconds}.000100"


def reply(text: str, *, seconds: int) -> dict[str, Any]:
    return message(text, ts=at(seconds), thread_ts=TS)


def decision() -> Memory:
    return Memory.objects.get(type="decision")


def evidence() -> list[str]:
    """Return what the decision rests on, as it was said."""
    ids = decision().content["evidence"]
    said = {str(chat.pk): chat.content["message"] for chat in chats()}
    return [said[one] for one in ids]


def chats() -> list[Memory]:
    return list(Memory.objects.filter(type="chat").order_by("external_id"))


class TestADecision:
    def test_rests_on_its_message_and_the_thread(self) -> None:
        deliver(
            message("Which price?"),
            reply("10?", seconds=10),
            reply("Decision: 12", seconds=20),
        )
        work()

        assert evidence() == ["Decision: 12", "Which price?", "10?"]

    def test_rests_on_what_is_said_later_as_well(self) -> None:
        deliver(message("Decision: 12"))
        work()

        deliver(reply("Good", seconds=10))
        work()
        spread()

        assert evidence() == ["Decision: 12", "Good"]

    def test_rests_no_more_on_what_was_deleted(self) -> None:
        deliver(message("Decision: 12"), reply("Good", seconds=10))
        work()
        spread()

        deliver(deleted(at=at(30), ts=at(10), thread_ts=TS))
        work()
        spread()

        assert evidence() == ["Decision: 12"]

    def test_rests_on_no_other_decision(self) -> None:
        deliver(message("Decision: 12"), reply("Decision: from May on", seconds=10))
        work()
        spread()

        for each in Memory.objects.filter(type="decision"):
            rests_on = Memory.objects.filter(pk__in=each.content["evidence"])
            assert {memory.type for memory in rests_on} == {"chat"}

    def test_rests_on_nothing_of_other_threads(self) -> None:
        deliver(message("Decision: 12"), message("Lunch?", ts=at(10)))
        work()
        spread()

        assert evidence() == ["Decision: 12"]

    def test_is_told_anew_only_when_it_changes(self) -> None:
        deliver(message("Decision: 12"), reply("Good", seconds=10))
        work()
        spread()
        version = decision().version

        deliver(reacted("decision", at=at(40)) | {"event_id": "a"})
        deliver(edited("Good!", at=at(50), ts=at(10), thread_ts=TS))
        work()
        spread()
        spread()

        assert decision().version == version + 1

    def test_goes_with_its_message(self) -> None:
        deliver(message("Decision: 12"))
        work()
        deliver(deleted(at=at(30)))
        work()

        assert not Memory.objects.exists()
        assert not Told.objects.exists()

    def test_follows_what_an_admin_decides_when_it_is_told_again(self) -> None:
        deliver(message("Beschluss: 12"))
        work()
        decide(CONNECTOR, {"decision_prefixes": ["Beschluss:"]})

        deliver(message("Beschluss: 12", reply_count=1) | {"event_id": "Ev2"})
        work()

        assert decision().content["decision"] == "12"


class TestWhatSomebodyDeleted:
    def test_is_not_told_again(self) -> None:
        deliver(message("Which price?"))
        work()
        (chat,) = chats()
        mediator.forget(
            actor=hub(Channel.COMMAND), memory_id=chat.pk, now=timezone.now()
        )

        deliver(edited("Which price for Acme?", at=at(10)))
        work()

        assert chats() == []


class TestTelling:
    def test_awaits_who_and_what_is_not_known(self) -> None:
        deliver(message("Decision: 12"))
        work()

        (thing,) = Thing.objects.all()
        kinds = {topic.partition(":")[0] for topic in thing.awaits}
        assert kinds == {"person", "group"}

    def test_leaves_no_news_behind(self) -> None:
        deliver(message("Which price?"), reply("Decision: 12", seconds=20))
        work()
        spread()

        assert not News.objects.exists()

    def test_is_recorded_as_the_hub_s_own_doing(self) -> None:
        deliver(message("Which price?"))
        work()

        (record,) = trail.find()
        assert (record.action, record.role, record.channel) == (
            "store_batch",
            "Hub",
            "webhook",
        )
        assert record.at <= timezone.now()
