"""memoryhub.breaker: a Redis that hangs costs one timeout, and then nothing."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django_redis import get_redis_connection
from pytest_django import Settings

from memoryhub import breaker
from memoryhub.breaker import BreakerConnection
from memoryhub.embedded.valkey import Valkey
from tests.fakes import fake_hung_server

ONE_TIMEOUT = 0.25
AT_ONCE = 0.2


def seconds_of(call: Callable[[], object]) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


@pytest.fixture
def _hung(settings: Settings) -> Iterator[None]:
    """The cache on something that lets everybody in and never answers."""
    with fake_hung_server() as port:
        default = settings.CACHES["default"]
        settings.CACHES = {
            "default": default | {"LOCATION": f"redis://127.0.0.1:{port}/0"}
        }
        BreakerConnection.open_until = 0.0
        yield
        get_redis_connection().connection_pool.disconnect()
        BreakerConnection.open_until = 0.0


@pytest.mark.usefixtures("_hung")
class TestAHungRedis:
    def test_costs_one_timeout(self) -> None:
        assert ONE_TIMEOUT < seconds_of(lambda: cache.get("x")) < 3 * ONE_TIMEOUT

    def test_costs_nothing_more_for_a_while(self) -> None:
        cache.get("x")

        assert seconds_of(lambda: [cache.get("x") for _ in range(20)]) < AT_ONCE

    def test_is_asked_again_after_the_pause(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(breaker, "OPEN_SECONDS", 0.1)
        cache.get("x")
        time.sleep(0.11)

        assert seconds_of(lambda: cache.get("x")) > ONE_TIMEOUT

    def test_is_an_empty_cache(self) -> None:
        for _ in ("asked", "not asked"):
            assert cache.get("x") is None
            assert cache.get("x", "default") == "default"
            assert cache.get_many(["x", "y"]) == {}
            cache.set("x", 1)
            cache.set_many({"x": 1})
            cache.delete_many(["x"])
            assert not cache.has_key("x")


class TestARedisThatComesBack:
    def test_is_used_after_the_pause(
        self, own_redis: Valkey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(breaker, "OPEN_SECONDS", 0.1)
        cache.set("x", 1)
        pid = get_redis_connection().info("server")["process_id"]
        os.kill(pid, signal.SIGSTOP)
        hung = cache.get("x")
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.11)

        assert (hung, cache.get("x")) == (None, 1)

    def test_is_not_doubted_for_a_wrong_command(self, own_redis: Valkey) -> None:
        cache.set("x", "text")
        with pytest.raises(Exception, match="not an integer"):
            get_redis_connection().incr(cache.make_key("x"))

        assert cache.get("x") == "text"


class TestARedisThatIsGone:
    def test_costs_nothing(self, own_redis: Valkey) -> None:
        cache.set("x", 1)
        own_redis.process.stop()

        assert seconds_of(lambda: [cache.get("x") for _ in range(20)]) < AT_ONCE
