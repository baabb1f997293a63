"""warehouse.tasks: the flush never fails loudly, and its alarm never floods."""

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings as hub_settings
from django.db import transaction
from pytest_django import Settings
from redis import Redis

from journal import alarm
from journal.models import Entry
from memoryhub.celery import app
from memoryhub.embedded.processes import free_port
from tests.fakes import fake_hung_server
from tests.journal.writing import append
from tests.sessions import settle
from tests.warehouse.bodies import body
from tests.warehouse.conftest import Query
from warehouse import tasks

QUEUE = "celery"


class TestTheFlush:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_delivers(self, query: Query) -> None:
        append_memory()

        assert tasks.flush() == 1

        assert query("SELECT COUNT(*) AS N FROM MEMORY_RECORDS") == [{"N": 1}]

    def test_leaves_the_work_where_it_is_while_snowflake_is_unreachable(
        self, unreachable: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        append_memory()

        assert tasks.flush() == 0

        assert Entry.objects.count() == 1
        assert "snowflake_unreachable" in caplog.text

    def test_delivers_once_snowflake_is_back(
        self, query: Query, settings: Settings
    ) -> None:
        append_memory()
        there = settings.SNOWFLAKE
        settings.SNOWFLAKE = there | {"port": free_port()}
        tasks.flush()
        settings.SNOWFLAKE = there

        assert tasks.flush() == 1

        assert query("SELECT COUNT(*) AS N FROM MEMORY_RECORDS") == [{"N": 1}]

    def test_does_nothing_without_a_snowflake(self, settings: Settings) -> None:
        settings.SNOWFLAKE = settings.SNOWFLAKE | {"account": ""}
        append_memory()

        assert tasks.flush() == 0


def append_memory() -> None:
    append(1, body=body())
    settle()


type Ring = Callable[[], float]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    """Ring an alarm that is awake; returns how many seconds that took."""
    monkeypatch.setattr(tasks.alarm, "asleep_until", 0.0)

    def ring() -> float:
        began = time.monotonic()
        tasks.alarm.ring()
        return time.monotonic() - began

    return ring


@pytest.fixture
def broker() -> Iterator[Redis]:
    """The broker, with an empty queue."""
    with Redis.from_url(hub_settings.BROKER_URL) as client:
        client.delete(QUEUE)
        yield client
        client.delete(QUEUE)


@pytest.fixture
def broker_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Point Celery at a broker on another port."""

    def point(port: int) -> None:
        url = urlsplit(hub_settings.BROKER_URL)
        elsewhere = url._replace(netloc=f"127.0.0.1:{port}").geturl()
        monkeypatch.setattr(app.conf, "broker_write_url", elsewhere)
        monkeypatch.setitem(app.conf.broker_transport_options, "socket_timeout", 0.3)
        monkeypatch.setattr(app.amqp, "_producer_pool", None)

    return point


class TestTheAlarm:
    def test_asks_for_a_flush(self, broker: Redis, ring: Ring) -> None:
        ring()

        assert broker.llen(QUEUE) == 1
        assert "warehouse.flush" in str(broker.lindex(QUEUE, 0))

    def test_asks_once_however_often_it_is_rung(
        self, broker: Redis, ring: Ring
    ) -> None:
        for _ in range(20):
            ring()

        assert broker.llen(QUEUE) == 1

    def test_asks_again_after_a_while(
        self, broker: Redis, ring: Ring, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(alarm, "WAKE_SECONDS", 0.1)
        ring()
        time.sleep(0.11)
        ring()

        assert broker.llen(QUEUE) == 2

    @pytest.mark.django_db(transaction=True)
    def test_rings_when_something_was_committed(
        self, broker: Redis, ring: Ring
    ) -> None:
        with transaction.atomic():
            append(1)
            assert broker.llen(QUEUE) == 0

        assert broker.llen(QUEUE) == 1

    def test_outlives_a_broker_that_is_gone(
        self,
        broker_on: Callable[[int], None],
        ring: Ring,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        broker_on(free_port())

        assert ring() < 2
        assert "broker_unreachable" in caplog.text

    def test_asks_a_broker_that_hangs_once_and_not_again_soon(
        self, broker_on: Callable[[int], None], ring: Ring
    ) -> None:
        with fake_hung_server() as port:
            broker_on(port)

            assert 0.2 < ring() < 2
            time.sleep(alarm.WAKE_SECONDS)
            assert ring() < 0.1
