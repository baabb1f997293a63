"""memoryhub.breaker: every scheme of REDIS_URL has its connection and the breaker."""

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django_redis import get_redis_connection
from pytest_django import Settings
from redis import Connection, SSLConnection, UnixDomainSocketConnection

from memoryhub import breaker
from memoryhub.breaker import BreakerConnection
from memoryhub.embedded import valkey

type CacheOn = Callable[[str], None]


@pytest.fixture
def cache_on(settings: Settings) -> Iterator[CacheOn]:
    """Point the cache at a URL, with the class that belongs to its scheme."""

    def point(url: str) -> None:
        default = settings.CACHES["default"]
        options = default["OPTIONS"]
        pool = options["CONNECTION_POOL_KWARGS"] | {
            "connection_class": breaker.CONNECTIONS[url.partition(":")[0]]
        }
        settings.CACHES = {
            "default": default
            | {"LOCATION": url, "OPTIONS": options | {"CONNECTION_POOL_KWARGS": pool}}
        }
        BreakerConnection.open_until = 0.0

    yield point
    get_redis_connection().connection_pool.disconnect()
    BreakerConnection.open_until = 0.0


@contextmanager
def fake_hung_unix_server(path: Path) -> Iterator[str]:
    """Listen on a Unix socket, let everybody in, and never answer."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(50)
        yield f"unix://{path}?db=0"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://127.0.0.1:6379/0", Connection),
        ("rediss://127.0.0.1:6379/0", SSLConnection),
        ("unix:///run/redis.sock?db=0", UnixDomainSocketConnection),
    ],
)
def test_the_settings_choose_the_class_by_the_scheme(url: str, kind: type) -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "from memoryhub import settings; "
            "pool = settings.CACHES['default']['OPTIONS']['CONNECTION_POOL_KWARGS'];"
            "print(*(each.__qualname__ for each in pool['connection_class'].mro()))",
        ],
        env=os.environ | {"REDIS_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )

    assert {"BreakerConnection", kind.__qualname__} <= set(said.stdout.split())


class TestAUnixSocket:
    def test_is_a_cache(self, cache_on: CacheOn, tmp_path: Path) -> None:
        path = tmp_path / "redis.sock"
        bounds: Any = valkey.CACHE | {"unixsocket": str(path)}
        redis = valkey.start(tmp_path / "redis", bounds, password="secret")
        cache_on(f"unix://:secret@{path}?db=0")

        cache.set("x", 1)

        assert cache.get("x") == 1
        redis.process.stop()

    def test_that_is_not_there_opens_the_breaker(
        self, cache_on: CacheOn, tmp_path: Path
    ) -> None:
        cache_on(f"unix://{tmp_path / 'nobody.sock'}?db=0")

        assert cache.get("x") is None
        assert BreakerConnection.open_until > time.monotonic()

    def test_that_hangs_costs_one_timeout(
        self, cache_on: CacheOn, tmp_path: Path
    ) -> None:
        with fake_hung_unix_server(tmp_path / "hung.sock") as url:
            cache_on(url)
            began = time.monotonic()
            found = [cache.get("x") for _ in range(20)]

            assert found == [None] * 20
            assert 0.25 < time.monotonic() - began < 0.75


class TestTls:
    def test_is_spoken_from_the_first_byte(self, cache_on: CacheOn) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(5)
            cache_on(f"rediss://127.0.0.1:{server.getsockname()[1]}/0")
            cache.get("x")
            with server.accept()[0] as client:
                assert client.recv(1) == b"\x16"  # a TLS handshake

    def test_asks_for_a_certificate(self, cache_on: CacheOn) -> None:
        cache_on("rediss://127.0.0.1:1/0")
        pool = get_redis_connection().connection_pool

        assert pool.make_connection().cert_reqs == ssl.CERT_REQUIRED


class TestWhatIsSaid:
    def test_is_one_line_a_time_that_the_breaker_opens(
        self,
        cache_on: CacheOn,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(breaker, "OPEN_SECONDS", 60.0)
        cache_on("redis://127.0.0.1:1/0")
        for _ in range(2):
            BreakerConnection.open_until = 0.0
            for _ in range(20):
                cache.get("x")

        assert caplog.text.count("redis_unreachable") == 2
        assert len(caplog.records) == 2
        assert "Traceback" not in caplog.text

    def test_is_all_of_what_no_breaker_explains(
        self, cache_on: CacheOn, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        cache_on(settings.REDIS_URL)
        cache.set("x", "text")
        get_redis_connection().rpush(cache.make_key("list"), 1)

        cache.get("list")

        assert "WRONGTYPE" in caplog.text
