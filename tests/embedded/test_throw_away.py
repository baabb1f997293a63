"""The pytest plugin `tests.throw_away`: throw-away services for one test run."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from memoryhub.embedded.environment import SERVICES
from memoryhub.embedded.processes import ROOT
from tests.embedded.waiting import wait_until

SECONDS_AT_MOST = 90
NOTE_ENVIRONMENT = """
import json, os, time
from pathlib import Path
import pytest

@pytest.mark.parametrize("turn", (1, 2))
def test_note(turn):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "only")
    note = Path(__file__).with_name(f"{worker}.json")
    note.with_suffix(".part").write_text(json.dumps(dict(os.environ)))
    note.with_suffix(".part").rename(note)
    time.sleep(float(os.environ.get("SECONDS_TO_LINGER", "0")))
"""


def run_pytest(
    directory: Path, *options: str, **variables: str
) -> subprocess.Popen[bytes]:
    """Start another pytest, without the services that were given to this one."""
    (directory / "test_note.py").write_text(NOTE_ENVIRONMENT)
    given_by = {service.given_by for service in SERVICES}
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in given_by and not name.startswith("PYTEST_")
    }
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "-c", os.devnull),
            *("-p", "tests.throw_away", "-p", "no:django", "-p", "no:cacheprovider"),
            *(*options, str(directory)),
        ],
        cwd=ROOT,
        env={**inherited, "TMPDIR": str(directory), **variables},
        stdout=subprocess.DEVNULL,
    )


def noted(directory: Path, worker: str = "only") -> dict[str, str]:
    path = directory / f"{worker}.json"
    wait_until(path.exists, SECONDS_AT_MOST)
    found: dict[str, str] = json.loads(path.read_text())
    return found


def answers(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname or "", parts.port or 0)) == 0


@pytest.fixture
def _heeding_sigint() -> Iterator[None]:
    """Let a run heed SIGINT, though a shell started this one to ignore it."""
    heeded = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, heeded)


class TestServices:
    @pytest.mark.usefixtures("_heeding_sigint")
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
    def test_end_with_the_run(self, tmp_path: Path, number: signal.Signals) -> None:
        run = run_pytest(tmp_path, SECONDS_TO_LINGER="60")
        variables = noted(tmp_path)
        urls = [variables[name] for name in ("DATABASE_URL", "REDIS_URL", "BROKER_URL")]
        urls.append(f"http://127.0.0.1:{variables['SNOWFLAKE_PORT']}")
        assert all(answers(url) for url in urls)

        run.send_signal(number)
        run.wait(SECONDS_AT_MOST)

        wait_until(lambda: not any(answers(url) for url in urls))

    def test_give_each_worker_its_own_part(self, tmp_path: Path) -> None:
        assert run_pytest(tmp_path, "-n2", "--dist=each").wait(SECONDS_AT_MOST) == 0

        first, second = (noted(tmp_path, worker) for worker in ("gw0", "gw1"))
        assert first["DATABASE_URL"] != second["DATABASE_URL"]
        assert first["SNOWFLAKE_PORT"] == second["SNOWFLAKE_PORT"]
        assert urlsplit(first["REDIS_URL"]).path == "/0"
        assert urlsplit(second["REDIS_URL"]).path == "/1"
        assert urlsplit(second["BROKER_URL"]).path == "/1"
        assert second["SNOWFLAKE_DATABASE"] == "MEMORY_HUB_GW1"
        assert first["SEARCH_INDEX_DIR"] != second["SEARCH_INDEX_DIR"]

    def test_leave_given_services_alone(self, tmp_path: Path) -> None:
        given = {
            "DATABASE_URL": "postgres://x:x@127.0.0.1:1/x",
            "REDIS_URL": "redis://127.0.0.1:1/3",
            "SNOWFLAKE_ACCOUNT": "abc",
        }

        assert run_pytest(tmp_path, **given).wait(SECONDS_AT_MOST) == 0

        assert noted(tmp_path).items() >= given.items()
