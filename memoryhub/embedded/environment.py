"""Know which services this machine lacks, start those, and say where they are."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from memoryhub.embedded import postgres, snowflake, valkey
from memoryhub.embedded.processes import Process

SECRETS = {
    "postgres": 18,
    "valkey": 18,
    "snowflake": 18,
    "SECRET_KEY": 48,
    "JWT_SIGNING_KEY": 48,
    "AUDIT_SIGNING_KEY": 32,
}


@dataclass(frozen=True, kw_only=True)
class State:
    """The directory that keeps data, secrets and addresses, for its owner alone.

    `durable=False` trades safety after a crash for speed. `hold` are descriptors that
    every process keeps open for as long as it lives.
    """

    directory: Path
    secrets: dict[str, str]
    durable: bool
    hold: Sequence[int]


def open_state(
    directory: Path, *, durable: bool = True, hold: Sequence[int] = ()
) -> State:
    """Open the directory, made at its first use, and its secrets, made once."""
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    made = {name: secrets.token_urlsafe(size) for name, size in SECRETS.items()}
    if made.keys() - kept.keys():
        kept = made | kept
        write_private(path, json.dumps(kept, indent=2) + "\n")
    return State(directory=directory, secrets=kept, durable=durable, hold=hold)


@dataclass(frozen=True, kw_only=True)
class Started:
    """A service that runs: its processes, and what others need to reach it.

    `variables` are what Django's settings read; `addresses` go to services.json.
    """

    title: str
    processes: tuple[Process, ...]
    variables: dict[str, str]
    addresses: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that is started here unless the variable `given_by` is set."""

    name: str
    given_by: str
    start: Callable[[State], Started]


def start_postgres(state: State) -> Started:
    running = postgres.start(
        state.directory / "postgres",
        password=state.secrets["postgres"],
        durable=state.durable,
        hold=state.hold,
    )
    return Started(
        title=f"PostgreSQL {running.version} on 127.0.0.1:{running.port}",
        processes=(running.process,),
        variables={"DATABASE_URL": running.url},
        addresses={"database_url": running.url},
    )


def start_valkey(state: State) -> Started:
    password = state.secrets["valkey"]
    broker, cache = (
        valkey.start(
            state.directory / "valkey" / name,
            settings,
            password=password,
            hold=state.hold,
        )
        for name, settings in (("broker", valkey.BROKER), ("cache", valkey.CACHE))
    )
    return Started(
        title=(
            f"Valkey {broker.version} on 127.0.0.1:{broker.port} (broker) "
            f"and 127.0.0.1:{cache.port} (cache)"
        ),
        processes=(broker.process, cache.process),
        variables={"REDIS_URL": cache.url, "BROKER_URL": broker.url},
        addresses={"redis_url": cache.url, "broker_url": broker.url},
    )


def start_snowflake(state: State) -> Started:
    running = snowflake.start(
        state.directory / "snowflake",
        password=state.secrets["snowflake"],
        hold=state.hold,
    )
    names = ("account", "user", "password", "host", "port", "protocol")
    return Started(
        title=f"local Snowflake {running.version} on 127.0.0.1:{running.port}",
        processes=(running.process,),
        variables={
            f"SNOWFLAKE_{name.upper()}": str(running.connection[name])
            for name in (*names, "database", "schema")
        },
        addresses={"snowflake": running.connection},
    )


SERVICES = (
    Service(name="PostgreSQL", given_by="DATABASE_URL", start=start_postgres),
    Service(name="Valkey", given_by="REDIS_URL", start=start_valkey),
    Service(name="Snowflake", given_by="SNOWFLAKE_ACCOUNT", start=start_snowflake),
)


def missing(environ: Mapping[str, str]) -> list[Service]:
    """Return the services that the environment does not name."""
    return [
        service
        for service in SERVICES
        if not environ.get(service.given_by)
        and not environ.get(f"{service.given_by}_FILE")
    ]


def variables(state: State, started: Iterable[Started]) -> dict[str, str]:
    """Return what the hub's settings need on this machine."""
    found = {
        "SECRET_KEY": state.secrets["SECRET_KEY"],
        "JWT_SIGNING_KEY": state.secrets["JWT_SIGNING_KEY"],
        "AUDIT_SIGNING_KEY": state.secrets["AUDIT_SIGNING_KEY"],
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        # Plain HTTP, which is fit for loopback alone.
        "INSECURE_COOKIES": "true",
        "STATIC_FROM_FINDERS": "true",
        # On loopback everybody has one address, and tests and benchmarks hurry.
        "API_LIMIT_PER_ACTOR": "none",
        "API_LIMIT_PER_ADDRESS": "none",
        "SIGN_IN_LIMIT": "none",
        "SEARCH_INDEX_DIR": str(state.directory / "search"),
    }
    for service in started:
        found |= service.variables
    return found


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, completely or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(path)
