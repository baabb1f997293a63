"""manage.py backfill: what deliveries missed, whatever ends it in between."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from connectors.models import Backfill, Delivery, Thing
from memories.models import Memory
from tests.connectors.delivering import deliver, spread, work
from tests.connectors.slack.fakes import FakeSlackApi
from tests.connectors.slack.payloads import (
    ANN,
    BOB,
    CHANNEL,
    TS,
    account,
    edited,
    listed,
    message,
    reacted,
    said,
)
from tests.embedded.waiting import wait_until
from tests.factories import make_user
from tests.reading import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

SINCE = "2026-06-01"


def at(seconds: int) -> str:
    return f"{int(float(TS)) + seconds}.000100"


def backfill(*options: str) -> str:
    said = StringIO()
    call_command("backfill", "slack", "--since", SINCE, *options, stdout=said)
    return said.getvalue()


def texts() -> list[str]:
    chats = Memory.objects.filter(type="chat").order_by("external_id")
    return [memory.content["message"] for memory in chats]


@pytest.fixture(autouse=True)
def _workspace(slack: FakeSlackApi) -> None:
    slack.users = [account(ANN, "Ann Lee", "ann@x.com"), account(BOB, "Bob Ray")]
    slack.channels = [listed()]
    slack.messages = {CHANNEL: [said(f"{n}", ts=at(n)) for n in range(8)]}


class TestABackfill:
    def test_remembers_the_past(self) -> None:
        ann = make_user(email="ann@x.com")

        assert "8 parts taken in" in backfill()

        assert texts() == [str(n) for n in range(8)]
        memory = Memory.objects.first()
        assert memory
        assert memory.owner == ann
        assert memory.content["author"] == "Ann Lee"
        assert memory.content["channel"] == "#pricing"
        assert memory.content["url"].startswith("https://acme.slack.com/archives/")
        assert not Delivery.objects.exists()

    def test_that_is_over_begins_anew_and_changes_nothing(self) -> None:
        backfill()
        backfill()

        assert Backfill.objects.exclude(finished_at=None).count() == 2
        assert set(Memory.objects.values_list("version", flat=True)) == {1}

    def test_goes_no_further_than_it_is_told(self, slack: FakeSlackApi) -> None:
        slack.messages[CHANNEL] += [said("later", ts="1780488000.000100")]

        backfill("--until", "2026-06-02")

        assert texts() == [str(n) for n in range(8)]

    def test_and_deliveries_of_one_thing_are_one_memory(
        self, slack: FakeSlackApi
    ) -> None:
        deliver(message("0"), edited("0!", at=at(60)), reacted("decision", at=at(70)))
        work()
        decided = [{"name": "decision", "users": [BOB], "count": 1}]
        slack.messages = {
            CHANNEL: [said("0!", edited={"user": ANN, "ts": at(60)}, reactions=decided)]
        }

        backfill()
        deliver(message("0") | {"event_id": "again"})
        work()
        spread()

        assert Memory.objects.count() == 2
        assert (
            Memory.objects.get(type="decision")
            .content["decided_at"]
            .startswith("2026-06-01T12:01:10")
        )
        assert texts() == ["0!"]

    def test_brings_an_edit_that_was_missed(self, slack: FakeSlackApi) -> None:
        deliver(message("0"))
        work()
        new = said("0!", edited={"user": ANN, "ts": "1780315300.000000"})
        slack.messages = {CHANNEL: [new]}

        backfill()

        assert texts() == ["0!"]

    def test_loses_no_others_by_what_no_memory_can_hold(
        self, slack: FakeSlackApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.slack.telling.PEOPLE", 10_000)
        many = "".join(f"<@U{number}|{number:x<240}>" for number in range(300))
        slack.messages[CHANNEL].append(said(many, ts=at(20)))

        backfill()

        assert len(texts()) == 8


class TestWithoutAnAnswer:
    def test_it_says_so_and_goes_on_the_next_time(self, slack: FakeSlackApi) -> None:
        slack.page = 2
        slack.errors["conversations.history"] = "fatal_error"
        with pytest.raises(CommandError, match=r"fatal_error.*Run this again"):
            backfill()
        people = [method for method, _ in slack.asked].count("users.list")
        slack.errors.clear()

        backfill()

        assert len(texts()) == 8
        assert [method for method, _ in slack.asked].count("users.list") == people
        assert Backfill.objects.get().finished_at

    def test_without_a_token_it_says_where_to_get_one(self, settings: Settings) -> None:
        settings.CONNECTOR_APIS = settings.CONNECTOR_APIS | {
            "slack": {"url": "http://127.0.0.1:1", "token": ""}
        }

        with pytest.raises(CommandError, match=r"docs/settings\.md"):
            backfill()

    @pytest.mark.parametrize("since", ["yesterday", "2026-13-01", ""])
    def test_of_no_day_it_is_refused(self, since: str) -> None:
        with pytest.raises(CommandError, match="since"):
            call_command("backfill", "slack", "--since", since)


@contextmanager
def running(slack: FakeSlackApi) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the command as a process of its own, on the test's database."""
    address = urlsplit(os.environ["DATABASE_URL"])
    database = address._replace(path=f"/{connection.settings_dict['NAME']}")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "backfill", "slack", "--since", SINCE],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": database.geturl(),
            "SLACK_API_URL": slack.url,
            "SLACK_BOT_TOKEN": "xoxb-1",
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def has_more_things_than(before: int) -> bool:
    return Thing.objects.count() > before


def test_a_backfill_that_is_killed_goes_on_and_has_nothing_twice(
    slack: FakeSlackApi,
) -> None:
    slack.messages = {CHANNEL: [said(f"{n:03}", ts=at(n)) for n in range(60)]}
    slack.seconds = 0.05

    for _ in range(3):
        before = Thing.objects.count()
        with running(slack) as process:
            wait_until(partial(has_more_things_than, before))
            os.kill(process.pid, signal.SIGKILL)
    assert 0 < Memory.objects.count() < 60
    slack.troubles = ["429", "", "500", "lost"]
    with running(slack) as process:
        assert process.wait(60) == 0

    assert texts() == [f"{n:03}" for n in range(60)]
    assert set(Memory.objects.values_list("version", flat=True)) == {1}
    assert Backfill.objects.get().finished_at
    history = [asked for method, asked in slack.asked if method.endswith("history")]
    assert sum("cursor" not in asked for asked in history) == 1
