"""The embedded Valkey: a broker that forgets nothing and a cache that may."""

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from memoryhub.embedded import valkey
from memoryhub.embedded.valkey import BROKER, CACHE, Valkey


class Starter:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.running: list[Valkey] = []

    def __call__(self, settings: dict[str, str]) -> Valkey:
        server = valkey.start(self.directory, settings, password="secret")
        self.running.append(server)
        return server


@pytest.fixture
def start(tmp_path: Path) -> Generator[Starter]:
    starter = Starter(tmp_path / "with space" / "valkey")
    yield starter
    for server in starter.running:
        server.process.stop()


def connect(server: Valkey) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


class TestValkey:
    def test_keeps_the_brokers_tasks_over_kill_9(self, start: Starter) -> None:
        first = start(BROKER)
        with connect(first) as client:
            client.rpush("tasks", "one")
            client.execute_command("WAITAOF", 1, 0, 5000)
            pid = client.info("server")["process_id"]
        os.kill(pid, signal.SIGKILL)
        first.process.wait(20)

        with connect(start(BROKER)) as client:
            assert client.lrange("tasks", 0, -1) == ["one"]

    def test_keeps_the_cache_in_memory_alone(self, start: Starter) -> None:
        first = start(CACHE)
        with connect(first) as client:
            client.set("key", "value")
        first.process.stop()

        with connect(start(CACHE)) as client:
            assert client.get("key") is None

    @pytest.mark.parametrize(
        ("kind", "policy"), [(BROKER, "noeviction"), (CACHE, "allkeys-lru")]
    )
    def test_evicts_from_the_cache_alone(
        self, start: Starter, kind: dict[str, str], policy: str
    ) -> None:
        with connect(start(kind)) as client:
            assert client.info("memory")["maxmemory_policy"] == policy

    def test_lets_nobody_in_without_the_password(self, start: Starter) -> None:
        server = start(CACHE)

        with (
            redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()

    def test_shows_its_password_to_its_owner_alone(self, start: Starter) -> None:
        start(CACHE)

        path = start.directory / "valkey.conf"
        assert path.stat().st_mode & 0o777 == 0o600
