"""`make up` and `make down` as they are met, on a state directory of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest

from memoryhub.embedded.environment import SERVICES
from memoryhub.embedded.processes import ROOT, free_port
from memoryhub.embedded.supervisor import answers
from tests.embedded.waiting import has_ended, wait_until

GIVEN_TO_THE_TESTS = {service.given_by for service in SERVICES} | {
    "BROKER_URL",
    "DEMO_PASSWORD",
    "SEARCH_INDEX_DIR",
}


@dataclass
class Clone:
    """A hub with its own state directory and ports, driven by its command line."""

    directory: Path
    port: int
    mcp_port: int

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in GIVEN_TO_THE_TESTS and not name.startswith("SNOWFLAKE_")
        }
        own = {
            "HUB_STATE_DIR": str(self.directory),
            "HUB_PORT": str(self.port),
            "HUB_MCP_PORT": str(self.mcp_port),
        }
        return subprocess.run(
            [sys.executable, "-m", "memoryhub.embedded.supervisor", *words],
            cwd=ROOT,
            env=inherited | own | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def supervisor(self) -> int:
        return int((self.directory / "hub.lock").read_text())

    @property
    def addresses(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(
            (self.directory / "services.json").read_text()
        )
        return found

    def get(self, path: str) -> int:
        inquiry = HTTPConnection("127.0.0.1", self.port, timeout=10)
        inquiry.request("GET", path)
        status = inquiry.getresponse().status
        inquiry.close()
        return status


@pytest.fixture(scope="class")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for a class: the first start on it makes the database and seeds the demo."""
    return tmp_path_factory.mktemp("clone") / "state"


@pytest.fixture
def clone(home: Path) -> Generator[Clone]:
    clone = Clone(directory=home, port=free_port(), mcp_port=free_port())
    yield clone
    assert clone.run("down").returncode == 0


def descendants(pid: int) -> list[int]:
    """Return every process that a process started, directly or not, and that lives."""
    found = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def accounts(clone: Clone) -> int:
    with psycopg.connect(clone.addresses["database_url"]) as connection:
        row = connection.execute("SELECT count(*) FROM accounts_user").fetchone()
    return row[0] if row else 0


class TestUp:
    def test_names_a_taken_port_and_the_way_out(self, clone: Clone) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", clone.port))
            other.listen()

            refused = clone.run("up")

        assert refused.returncode == 1
        assert f"Port {clone.port} cannot be used" in refused.stdout
        assert f"make up HUB_PORT={clone.port + 10}" in refused.stdout

    @pytest.mark.parametrize("port", ["0", "65536", "http"])
    def test_refuses_what_is_no_port(self, clone: Clone, port: str) -> None:
        refused = clone.run("up", HUB_PORT=port)

        assert refused.returncode == 1
        assert f"HUB_PORT must be a port, a number from 1 to 65535: not {port}" in (
            refused.stdout
        )

    def test_refuses_one_port_for_both(self, clone: Clone) -> None:
        refused = clone.run("up", HUB_MCP_PORT=str(clone.port))

        assert refused.returncode == 1
        assert "HUB_MCP_PORT must be a port of its own" in refused.stdout

    def test_says_which_step_failed_and_why(self, clone: Clone) -> None:
        refused = clone.run(
            *("up", "--detach"),
            DATABASE_URL="postgres://x:x@127.0.0.1:1/x",
            REDIS_URL="redis://127.0.0.1:1/0",
            SNOWFLAKE_ACCOUNT="x",
            SNOWFLAKE_USER="x",
            SNOWFLAKE_PASSWORD="x",
        )

        assert refused.returncode == 1
        assert "✓ PostgreSQL is given by DATABASE_URL" in refused.stdout
        assert "✗ Migrate the database" in refused.stdout
        assert "`manage.py migrate` failed" in refused.stdout
        assert "Connection refused" in refused.stdout

    def test_brings_the_hub_up_once_and_down_completely(self, clone: Clone) -> None:
        up = clone.run("up", "--detach")
        assert up.returncode == 0, up.stdout + up.stderr

        password = (clone.directory / "demo-password").read_text().strip()
        for shown in (
            f"http://127.0.0.1:{clone.port}/admin/",
            f"http://127.0.0.1:{clone.mcp_port}/mcp",
            "ceo@demo.test",
            password,
        ):
            assert shown in up.stdout
        for private in ("demo-password", "hub.env", "services.json", "secrets.json"):
            assert (clone.directory / private).stat().st_mode & 0o777 == 0o600
        assert clone.get("/healthz") == 200
        assert answers(clone.mcp_port)
        second = clone.run("up")
        assert second.returncode == 1
        assert "Stop it with `make down`" in second.stdout
        started = [clone.supervisor, *descendants(clone.supervisor)]
        assert len(started) > 10

        down = clone.run("down")

        assert (down.returncode, down.stdout) == (0, "The hub is stopped.\n")
        wait_until(lambda: all(has_ended(pid) for pid in started), seconds=5)
        assert not (clone.directory / "services.json").exists()
        assert clone.run("down").stdout == "The hub is not running.\n"

    def test_leaves_nothing_after_kill_9_and_starts_again(self, clone: Clone) -> None:
        assert clone.run("up", "--detach").returncode == 0
        before = accounts(clone)
        started = descendants(clone.supervisor)

        os.kill(clone.supervisor, signal.SIGKILL)
        again = clone.run("up", "--detach")

        assert again.returncode == 0, again.stdout + again.stderr
        assert all(has_ended(pid) for pid in started)
        assert accounts(clone) == before
        assert answers(clone.port)

    def test_goes_on_once_it_was_ready_however_often_a_program_dies(
        self, clone: Clone
    ) -> None:
        assert clone.run("up", "--detach").returncode == 0
        supervisor, killed = clone.supervisor, set[int]()

        def kill_the_indexer() -> bool:
            for pid in descendants(supervisor):
                with suppress(OSError):
                    command = Path(f"/proc/{pid}/cmdline").read_bytes()
                    if b"run_indexer" in command and pid not in killed:
                        os.kill(pid, signal.SIGKILL)
                        killed.add(pid)
            return (
                "6 times within a minute" in (clone.directory / "hub.log").read_text()
            )

        wait_until(kill_the_indexer, seconds=50)

        assert clone.get("/healthz") == 200
