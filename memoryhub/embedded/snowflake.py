"""Run a local Snowflake: fakesnow's server, with its tables on disk and a password."""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path

from memoryhub.embedded.processes import Process, not_ready, on_free_port

USER = "memoryhub"
ACCOUNT = "local"
DATABASE = "MEMORY_HUB"
SCHEMA = "AI_MEMORY"
SECONDS_TO_START = 30.0

type ConnectionArguments = dict[str, str | int | float | dict[str, bool]]


@dataclass(frozen=True, kw_only=True)
class Snowflake:
    process: Process
    port: int
    connection: ConnectionArguments
    version: str


def start(directory: Path, *, password: str, hold: Sequence[int] = ()) -> Snowflake:
    """Start the server on a free loopback port, its databases in `directory`.

    Tables and views survive a restart; stages and file formats do not, so whoever
    uses them creates them anew. Raises CannotStart.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    stages = directory / "stages"
    shutil.rmtree(stages, ignore_errors=True)
    stages.mkdir()

    def start_on(port: int) -> Snowflake:
        process = Process(
            "snowflake",
            [
                *(sys.executable, "-m", "memoryhub.embedded.snowflake_server"),
                *(str(port), str(directory)),
            ],
            environ=os.environ
            | {"TMPDIR": str(stages), "LOCAL_SNOWFLAKE_PASSWORD": password},
            hold=hold,
        )
        wait_until_ready(process, port)
        return Snowflake(
            process=process,
            port=port,
            connection=connection_arguments(port, password),
            version=version("fakesnow"),
        )

    return on_free_port(start_on)


def connection_arguments(port: int, password: str) -> ConnectionArguments:
    """Return the keyword arguments for `snowflake.connector.connect`."""
    return {
        "user": USER,
        "password": password,
        "account": ACCOUNT,
        "host": "127.0.0.1",
        "port": port,
        "protocol": "http",
        "database": DATABASE,
        "schema": SCHEMA,
        "session_parameters": {"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False},
        "login_timeout": 10,
        # The connector retries a failed request until this has passed.
        "network_timeout": 20,
        # Zero: do not ask the cloud providers' metadata addresses where this runs.
        "platform_detection_timeout_seconds": 0.0,
    }


def wait_until_ready(process: Process, port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while process.exit_code is None and time.monotonic() < deadline:
        inquiry = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            inquiry.request("GET", "/")
            inquiry.getresponse().read()
            return
        except ConnectionError:
            time.sleep(0.05)
        finally:
            inquiry.close()
    raise not_ready(process, "The local Snowflake")
