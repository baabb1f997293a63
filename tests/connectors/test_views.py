"""POST /webhooks/{connector}: what is let in, and what is said to whoever sends it."""

import logging
import time
from datetime import timedelta

import pytest
from django.conf import settings as hub_settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import Settings

from audit import trail
from connectors import tasks
from connectors.models import Delivery
from connectors.views import BODY_LIMIT
from memories.models import Memory
from memoryhub.celery import app
from memoryhub.embedded.processes import free_port
from tests.connectors.delivering import deliver, post, signed, work
from tests.connectors.slack.payloads import as_json, message
from tests.fakes import fake_hung_server
from tests.outages import audit_closed
from tests.sessions import together

BODY = as_json(message("We keep the price"))

pytestmark = pytest.mark.django_db


def refused() -> float:
    return (
        REGISTRY.get_sample_value(
            "hub_deliveries_refused_total", {"connector": "slack"}
        )
        or 0
    )


class TestADelivery:
    def test_is_kept_and_answered(self) -> None:
        answer = post(BODY)

        assert answer.status_code == 200
        assert answer.json() == {"status": "received"}
        (kept,) = Delivery.objects.all()
        assert (kept.connector, kept.event, kept.state) == (
            "slack",
            "message",
            "received",
        )
        assert kept.size == len(BODY)

    def test_becomes_a_memory(self) -> None:
        post(BODY)
        work()

        (memory,) = Memory.objects.all()
        assert memory.content["message"] == "We keep the price"
        assert Delivery.objects.get().state == Delivery.State.DONE
        assert Delivery.objects.get().memory_ids == [memory.pk]

    def test_is_one_however_often_it_is_sent(self) -> None:
        for _ in range(3):
            assert post(BODY).status_code == 200

        assert Delivery.objects.count() == 1

    def test_is_kept_unreadable(self) -> None:
        post(BODY)

        with connection.cursor() as cursor:
            cursor.execute("SELECT connectors_delivery::text FROM connectors_delivery")
            (row,) = cursor.fetchone()
        assert b"price".hex() not in row
        assert "price" not in row

    def test_is_not_read_but_echoed_in_a_handshake(self) -> None:
        challenge = {"type": "url_verification", "challenge": "3eZbrw1aB"}

        assert post(as_json(challenge)).json() == {"challenge": "3eZbrw1aB"}

        assert not Delivery.objects.exists()

    def test_is_refused_in_a_handshake_as_well(self) -> None:
        challenge = as_json({"type": "url_verification", "challenge": "3eZbrw1aB"})

        answer = post(challenge, signed(challenge, secret="another"))

        assert answer.status_code == 401
        assert "3eZbrw1aB" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_delivery_sent_a_hundred_times_at_once_has_one_effect() -> None:
    headers = signed(BODY)

    for _ in range(10):
        answers = together(10, lambda: post(BODY, headers).status_code)
        assert answers == [200] * 10
    together(2, work)

    assert Delivery.objects.count() == 1
    assert [memory.version for memory in Memory.objects.all()] == [1]


class TestAForgedDelivery:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            signed(BODY + b" "),
            signed(BODY, secret="another"),
            signed(BODY, at=timezone.now() - timedelta(hours=1)),
            signed(BODY, at=timezone.now() + timedelta(hours=1)),
            {"X-Slack-Signature": signed(BODY)["X-Slack-Signature"]},
        ],
    )
    def test_is_refused_and_nobody_is_told_why(self, headers: dict[str, str]) -> None:
        answer = post(BODY, headers)

        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"] == "The delivery was refused."
        assert not Delivery.objects.exists()

    def test_is_counted_and_on_record_once(self) -> None:
        before = refused()

        post(BODY, {})

        assert refused() == before + 1
        (record,) = trail.find()
        assert (record.action, record.outcome, record.channel, record.reason) == (
            "deliver",
            "refused",
            "webhook",
            "forged: slack",
        )

    def test_tells_our_log_why(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            post(BODY, signed(BODY, secret="another"))

        assert "none of our secrets signed it" in caplog.text

    @pytest.mark.django_db(transaction=True)
    def test_is_answered_503_where_it_cannot_be_recorded(self) -> None:
        with audit_closed():
            assert post(BODY, {}).status_code == 503


class TestAConnectorWithoutASecret:
    def test_is_closed_and_says_so_in_the_log(
        self, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.CONNECTOR_SECRETS = settings.CONNECTOR_SECRETS | {"slack": []}

        with caplog.at_level(logging.ERROR):
            answer = post(BODY)

        assert answer.status_code == 503
        assert "connector_without_secret" in caplog.text
        assert "slack" in caplog.text
        assert not Delivery.objects.exists()


class TestAnythingElse:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            BODY[:-7],
            b"[]",
            b"null",
            b"7",
            b'"text"',
            b"\xff\xfe",
            b"[" * 100_000,
            b'{"type": NaN}',
            b"payload=",
            b"payload=%7B",
            b"payload=%FF",
            b'{"n": ' + b"9" * 5000 + b"}",
        ],
        ids=lambda body: body[:12],
    )
    def test_that_is_no_object_is_kept_with_the_reason(self, body: bytes) -> None:
        assert post(body).status_code == 200

        (kept,) = Delivery.objects.all()
        assert kept.state == Delivery.State.FAILED
        assert kept.reason.startswith("The body is ")

    @pytest.mark.parametrize(
        "payload",
        [
            {},
            {"type": 5},
            {"type": ["event_callback"]},
            {"type": "event_callback"},
            {"type": "event_callback", "team_id": "T1", "event": []},
            {"type": "event_callback", "team_id": 7, "event": {"type": "message"}},
            {"type": "event_callback", "team_id": "T1", "event": {"type": None}},
            {"type": "event_callback", "team_id": "T1", "event": {"type": "message"}},
            {"type": "url_verification"},
            {"type": "message_action", "callback_id": None},
            message("x", thread_ts="soon"),
            message("x", channel={"id": "C1"}),
            message("x", files="a.pdf"),
            message("x", user=17.5),
            {**message("x"), "event_id": {"a": 1}, "team_id": None},
        ],
        ids=str,
    )
    def test_that_is_not_as_documented_is_kept_with_the_reason(
        self, payload: dict[str, object]
    ) -> None:
        deliver(payload)
        work()

        (kept,) = Delivery.objects.all()
        assert kept.state == Delivery.State.FAILED
        assert ": " in kept.reason
        assert "Error" not in kept.reason
        assert not Memory.objects.exists()

    @pytest.mark.parametrize(
        "payload",
        [
            {"type": "block_actions"},
            message("x") | {"event": {"type": "canvas_shared"}},
            {"type": "app_rate_limited", "minute_rate_limited": 1518467820},
            message("x") | {"event": {"type": "app_rate_limited"}},
        ],
        ids=str,
    )
    def test_that_we_have_no_use_for_is_ignored_with_the_reason(
        self, payload: dict[str, object]
    ) -> None:
        deliver(payload)
        work()

        (kept,) = Delivery.objects.all()
        assert kept.state == Delivery.State.IGNORED
        assert kept.reason

    def test_of_ten_megabytes_is_kept(self) -> None:
        deliver(message("x", padding="x" * 10_000_000))
        work()

        (kept,) = Delivery.objects.all()
        assert kept.size > 10_000_000
        assert kept.state == Delivery.State.DONE

    def test_past_the_limit_is_refused(self) -> None:
        answer = post(b"x" * (BODY_LIMIT + 1), {})

        assert answer.status_code == 413
        assert "25 MiB" in answer.json()["detail"]

    def test_with_characters_that_postgresql_lacks_is_remembered(self) -> None:
        deliver(message("a\x00b \ud800 c"))
        work()

        assert Memory.objects.get().content["message"] == "a\ufffdb \ufffd c"

    def test_for_a_connector_that_is_none_is_not_found(self) -> None:
        assert post(BODY, path="/webhooks/hubspot").status_code == 404

    def test_but_a_post_is_not_allowed(self) -> None:
        assert Client().get("/webhooks/slack").status_code == 405


@pytest.mark.django_db(transaction=True)
class TestTheAnswer:
    @pytest.fixture(autouse=True)
    def _awake(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tasks.alarm, "asleep_until", 0.0)

    def delay(self, monkeypatch: pytest.MonkeyPatch, port: int) -> float:
        url = hub_settings.BROKER_URL.rpartition(":")[0]
        monkeypatch.setattr(app.conf, "broker_write_url", f"{url}:{port}/0")
        monkeypatch.setattr(app.amqp, "_producer_pool", None)
        began = time.monotonic()
        assert post(BODY).status_code == 200
        return time.monotonic() - began

    def test_does_not_wait_for_a_broker_that_hangs(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with fake_hung_server() as port:
            assert self.delay(monkeypatch, port) < 3

            assert self.delay(monkeypatch, port) < 0.2

    def test_does_not_wait_for_a_broker_that_is_gone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.delay(monkeypatch, free_port()) < 1


def test_a_good_delivery_leaves_the_record_of_what_it_stored() -> None:
    post(BODY)
    work()

    (record,) = trail.find()
    assert (record.action, record.channel) == ("store_batch", "webhook")
