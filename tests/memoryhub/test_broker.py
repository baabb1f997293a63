"""A broker that hangs or is gone costs little once, and is said on /readyz."""

import ssl
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as hub_settings
from django.test import Client
from kombu import Producer
from redis import Redis

from memories.search.index import Index
from memoryhub import health
from memoryhub.broker import celery_url
from memoryhub.celery import app
from memoryhub.embedded import valkey
from memoryhub.embedded.processes import free_port
from tests.fakes import fake_hung_server
from warehouse import tasks

type BrokerOn = Callable[[int], None]


@pytest.fixture
def broker_on(monkeypatch: pytest.MonkeyPatch) -> BrokerOn:
    """Point Celery at a broker on another port, with the hub's own timeouts."""

    def point(port: int) -> None:
        url = urlsplit(hub_settings.BROKER_URL)
        elsewhere = url._replace(netloc=f"127.0.0.1:{port}").geturl()
        monkeypatch.setattr(app.conf, "broker_write_url", elsewhere)
        monkeypatch.setattr(app.amqp, "_producer_pool", None)

    return point


class TestTheAlarm:
    def test_pays_once_for_a_broker_that_hangs(
        self,
        broker_on: BrokerOn,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(tasks.alarm, "asleep_until", 0.0)
        with fake_hung_server() as port:
            broker_on(port)
            began = time.monotonic()
            for _ in range(20):
                tasks.alarm.ring()

        assert 0.2 < time.monotonic() - began < 1
        assert caplog.text.count("broker_unreachable") == 1
        assert tasks.alarm.asleep_until > time.monotonic() + 5

    def test_leaves_the_worker_its_patience(self) -> None:
        assert app.conf.broker_transport_options["socket_timeout"] >= 5


@pytest.mark.django_db
class TestReady:
    def test_is_degraded_soon_when_the_broker_hangs(
        self, client: Client, index: Index, broker_on: BrokerOn
    ) -> None:
        with fake_hung_server() as port:
            broker_on(port)
            began = time.monotonic()
            answer = client.get("/readyz")

        assert time.monotonic() - began < 1
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        broker = answer.json()["dependencies"]["broker"]
        assert broker["state"] == "down"
        assert "beat and tasks do not run" in broker["detail"]

    def test_is_degraded_when_the_broker_is_gone(
        self, client: Client, index: Index, broker_on: BrokerOn
    ) -> None:
        broker_on(free_port())

        answer = client.get("/readyz")

        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert "refused" in answer.json()["dependencies"]["broker"]["detail"]

    def test_leaves_no_connection_behind(self, client: Client, index: Index) -> None:
        with Redis.from_url(hub_settings.BROKER_URL) as redis:
            before = redis.info("clients")["connected_clients"]
            for _ in range(5):
                list(health.states())

            assert redis.info("clients")["connected_clients"] <= before + 1


class TestTheUrl:
    def test_reaches_a_unix_socket(self, tmp_path: Path) -> None:
        path = tmp_path / "broker.sock"
        bounds = valkey.BROKER | {"unixsocket": str(path)}
        broker = valkey.start(tmp_path / "broker", bounds, password="secret")
        url = f"unix://:secret@{path}?db=3"

        with (
            app.connection_for_write(celery_url(url)) as connection,
            Redis.from_url(url) as redis,
        ):
            tasks.flush.apply_async(producer=Producer(connection, auto_declare=False))
            assert redis.llen("celery") == 1

        broker.process.stop()

    @pytest.mark.parametrize(
        ("query", "mode"),
        [
            ("", ssl.CERT_REQUIRED),
            ("?ssl_cert_reqs=none", ssl.CERT_NONE),
            ("?ssl_cert_reqs=required", ssl.CERT_REQUIRED),
        ],
    )
    def test_asks_for_a_certificate(self, query: str, mode: ssl.VerifyMode) -> None:
        url = celery_url(f"rediss://127.0.0.1:1/0{query}")

        with app.connection_for_write(url) as connection:
            assert connection.ssl == {"ssl_cert_reqs": mode}

    def test_is_left_alone_where_both_agree(self) -> None:
        assert celery_url("redis://:p@host:1/2?x=y") == "redis://:p@host:1/2?x=y"

    def test_is_the_one_that_celery_has(self) -> None:
        assert app.conf.broker_url == celery_url(hub_settings.BROKER_URL)
