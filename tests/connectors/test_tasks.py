"""connectors.tasks: what Celery does, however often it does it."""

import time

import pytest
from django.utils import timezone
from pytest_django import Settings

from connectors import tasks, working
from connectors.models import Backfill, Delivery
from memories.models import Memory
from memoryhub.celery import app
from tests.connectors.delivering import deliver
from tests.connectors.slack.fakes import FakeSlackApi
from tests.connectors.slack.payloads import ANN, CHANNEL, joined, listed, message, said
from tests.factories import make_user
from tests.sessions import settle

pytestmark = pytest.mark.django_db(transaction=True)


class TestWorking:
    def test_takes_all_there_is_and_spreads_the_news(self) -> None:
        deliver(message("x"), message("y", ts="1780315260.000200"))
        assert tasks.work() == 2
        make_user(email="ann@x.com")
        deliver(joined(ANN, "Ann Lee", "ann@x.com"))
        settle()

        assert tasks.work() == 1

        assert not Memory.objects.filter(owner=None).exists()

    def test_has_nothing_to_do_the_second_time(self) -> None:
        deliver(message("x"))
        tasks.work()

        assert tasks.work() == 0

    def test_lets_other_tasks_have_their_turn(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tasks, "RUN_SECONDS", 0.1)
        monkeypatch.setattr(working, "work", lambda **_: True)
        began = time.monotonic()

        assert tasks.work() > 1

        assert time.monotonic() - began < 2


class TestReconciling:
    def test_gets_what_was_not_delivered(self, slack: FakeSlackApi) -> None:
        slack.channels = [listed()]
        slack.messages = {CHANNEL: [said("x", ts=f"{_now() - 3600:.6f}")]}

        assert tasks.reconcile() == 1

        assert Memory.objects.get().content["message"] == "x"
        assert Backfill.objects.get().finished_at

    def test_looks_no_further_back_than_two_days(self, slack: FakeSlackApi) -> None:
        slack.channels = [listed()]
        slack.messages = {CHANNEL: [said("x", ts=f"{_now() - 49 * 3600:.6f}")]}

        assert tasks.reconcile() == 0

    def test_leaves_out_tools_without_a_token(self, settings: Settings) -> None:
        settings.CONNECTOR_APIS = {
            name: api | {"token": ""} for name, api in settings.CONNECTOR_APIS.items()
        }

        assert tasks.reconcile() == 0

        assert not Backfill.objects.exists()

    def test_fails_into_the_log(
        self, slack: FakeSlackApi, caplog: pytest.LogCaptureFixture
    ) -> None:
        slack.errors["auth.test"] = "token_revoked"

        assert tasks.reconcile() == 0

        assert "reconcile_failed" in caplog.text


def test_beat_begins_each_of_them() -> None:
    begun = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert {"connectors.work", "connectors.reconcile", "connectors.tidy"} <= begun


def test_tidying_drops_what_is_old(settings: Settings) -> None:
    deliver(message("x"))
    tasks.work()
    Delivery.objects.update(received_at="2020-01-01T00:00:00Z")

    assert tasks.tidy() == 1


def _now() -> float:
    return timezone.now().timestamp()
