"""memoryhub.health: /healthz says that the hub lives, /readyz what it leans on."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from audit.heads import HeadsError
from journal.models import Entry
from memories.search import indexer, lexical, vectorizer
from memories.search.index import Index
from memories.search.minilm import MiniLM
from memoryhub.embedded.processes import free_port
from memoryhub.embedded.valkey import Valkey
from tests.audit.writing import sealed, write
from tests.fakes import FakeSink
from tests.journal.writing import append
from tests.sessions import settle
from warehouse.flush import flush


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def append_long_ago() -> None:
    append(1)
    Entry.objects.update(at=timezone.now() - timedelta(seconds=90))


@pytest.fixture
def _no_postgresql(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Point this thread at a PostgreSQL that is not there."""
    port = connection.settings_dict["PORT"]
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["PORT"] = free_port()
        yield
        connection.close()
        connection.settings_dict["PORT"] = port


def test_the_hub_lives_without_asking_anybody(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
class TestReady:
    def test_is_ok_when_everything_is(self, client: Client, index: Index) -> None:
        assert ready(client) == (
            200,
            {
                "status": "ok",
                "dependencies": {
                    "postgresql": {"state": "ok"},
                    "redis": {"state": "ok"},
                    "broker": {"state": "ok"},
                    "search_index": {"state": "ok", "lag_seconds": 0.0},
                    "embeddings": {"state": "ok", "lag_seconds": 0.0},
                    "audit_seal": {"state": "ok", "lag_seconds": 0.0},
                    "audit_heads": {"state": "ok", "lag_seconds": 0.0},
                    "deliveries": {"state": "ok", "lag_seconds": 0.0},
                    "audit_log": {"state": "ok", "lag_seconds": 0.0},
                    "snowflake": {"state": "ok", "lag_seconds": 0.0},
                },
            },
        )

    def test_is_degraded_soon_when_redis_has_stopped(
        self, client: Client, index: Index, own_redis: Valkey
    ) -> None:
        own_redis.process.stop()
        began = time.monotonic()

        status, body = ready(client)

        assert time.monotonic() - began < 1
        assert (status, body["status"]) == (200, "degraded")
        redis = body["dependencies"]["redis"]
        assert redis["state"] == "down"
        assert "answers come from PostgreSQL alone" in redis["detail"]
        assert body["dependencies"]["postgresql"] == {"state": "ok"}

    def test_is_ok_without_a_snowflake(
        self, client: Client, index: Index, settings: Settings
    ) -> None:
        settings.SNOWFLAKE = settings.SNOWFLAKE | {"account": ""}

        status, body = ready(client)

        assert (status, body["status"]) == (200, "ok")
        for name in ("audit_log", "snowflake"):
            assert body["dependencies"][name] == {
                "state": "off",
                "detail": "SNOWFLAKE_ACCOUNT is not set",
            }

    def test_is_degraded_when_the_journal_waits_too_long(
        self, client: Client, index: Index
    ) -> None:
        append_long_ago()

        status, body = ready(client)

        assert (status, body["status"]) == (200, "degraded")
        for name in ("search_index", "snowflake"):
            assert body["dependencies"][name]["state"] == "behind"
            assert 90 <= body["dependencies"][name]["lag_seconds"] < 120

    @pytest.mark.django_db(transaction=True)
    def test_tells_one_reader_of_the_journal_from_another(
        self, client: Client, index: Index
    ) -> None:
        append_long_ago()
        settle()

        flush(sink=FakeSink(), now=timezone.now)
        after_the_flush = ready(client)[1]
        indexer.follow(index)
        vectorizer.follow(MiniLM(), now=timezone.now)
        after_all = ready(client)[1]

        found = after_the_flush["dependencies"]
        assert found["snowflake"] == {"state": "ok", "lag_seconds": 0.0}
        assert found["search_index"]["state"] == "behind"
        assert found["embeddings"]["state"] == "behind"
        assert after_all["status"] == "ok"

    def test_is_degraded_when_nobody_seals_the_audit(
        self, client: Client, index: Index
    ) -> None:
        write(1, at=timezone.now() - timedelta(seconds=90))

        found = ready(client)[1]

        assert found["status"] == "degraded"
        assert found["dependencies"]["audit_seal"]["state"] == "behind"
        assert 90 <= found["dependencies"]["audit_seal"]["lag_seconds"] < 120

    @pytest.mark.django_db(transaction=True)
    def test_is_degraded_when_nobody_ships_the_audit(
        self, client: Client, index: Index, settings: Settings, tmp_path: Path
    ) -> None:
        settings.AUDIT_HEADS_FILE = tmp_path / "heads.ndjson"
        write(1, at=timezone.now() - timedelta(seconds=90))
        sealed(now=timezone.now())

        found = ready(client)[1]

        assert found["status"] == "degraded"
        assert found["dependencies"]["audit_seal"]["state"] == "ok"
        assert found["dependencies"]["audit_log"]["state"] == "behind"
        assert 90 <= found["dependencies"]["audit_log"]["lag_seconds"] < 120

    @pytest.mark.django_db(transaction=True)
    def test_is_degraded_when_the_file_of_heads_does_not_grow(
        self, client: Client, index: Index, settings: Settings, tmp_path: Path
    ) -> None:
        settings.AUDIT_HEADS_FILE = tmp_path
        write(1)
        with pytest.raises(HeadsError):
            sealed(now=timezone.now() - timedelta(seconds=90))

        found = ready(client)[1]

        assert found["status"] == "degraded"
        assert found["dependencies"]["audit_heads"]["state"] == "behind"
        assert 90 <= found["dependencies"]["audit_heads"]["lag_seconds"] < 120

    def test_says_why_nothing_is_embedded(
        self, client: Client, index: Index, settings: Settings
    ) -> None:
        settings.EMBEDDINGS = {"provider": "none"}

        off = ready(client)[1]

        assert off["status"] == "ok"
        assert off["dependencies"]["embeddings"] == {
            "state": "off",
            "detail": "EMBEDDINGS is none",
        }

    def test_an_index_that_is_still_to_be_built_is_told(
        self, client: Client, index: Index
    ) -> None:
        lexical.shelf().condemn(index, "a test")

        answer = ready(client)[1]

        assert answer["status"] == "degraded"
        assert answer["dependencies"]["search_index"]["state"] == "building"

    def test_takes_a_short_wait_for_granted(self, client: Client, index: Index) -> None:
        append(1)
        Entry.objects.update(at=timezone.now() - timedelta(seconds=5))

        status, body = ready(client)

        assert (status, body["status"]) == (200, "ok")
        assert 5 <= body["dependencies"]["snowflake"]["lag_seconds"] < 30


@pytest.mark.usefixtures("_no_postgresql")
class TestWithoutPostgresql:
    def test_the_hub_is_not_ready(self, client: Client) -> None:
        began = time.monotonic()

        status, body = ready(client)

        assert time.monotonic() - began < 2
        assert (status, body["status"]) == (503, "down")
        assert body["dependencies"]["postgresql"]["state"] == "down"
        assert "refused" in body["dependencies"]["postgresql"]["detail"]
        assert body["dependencies"]["redis"] == {"state": "ok"}

    def test_the_hub_lives(self, client: Client) -> None:
        assert client.get("/healthz").status_code == 200

    def test_the_figures_say_so(self, client: Client) -> None:
        answer = client.get("/metrics")

        assert answer.status_code == 200
        assert 'hub_dependency_up{name="postgresql"} 0.0' in answer.text
