"""The embedded PostgreSQL: private, durable, and hard to leave in a bad state."""

import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path

import psycopg
import pytest

from memoryhub.embedded import postgres
from memoryhub.embedded.postgres import Postgres
from memoryhub.embedded.processes import CannotStart

PASSWORD = "secret"

type Start = Callable[..., Postgres]


@pytest.fixture
def start(tmp_path: Path) -> Generator[Start]:
    running: list[Postgres] = []

    def start_postgres(*, password: str = PASSWORD, durable: bool = False) -> Postgres:
        server = postgres.start(
            tmp_path / "postgres", password=password, durable=durable
        )
        running.append(server)
        return server

    yield start_postgres
    for server in running:
        server.process.stop()


def postmaster(tmp_path: Path) -> int:
    return int((tmp_path / "postgres/postmaster.pid").read_text().split()[0])


def ask(server: Postgres, query: str) -> object:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def write_a_row(server: Postgres) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'here' AS word")


class TestPostgres:
    def test_keeps_its_data_over_a_restart(self, start: Start) -> None:
        first = start()
        write_a_row(first)
        first.process.stop()

        assert ask(start(), "SELECT word FROM kept") == "here"

    def test_recovers_after_kill_9(self, start: Start, tmp_path: Path) -> None:
        first = start(durable=True)
        write_a_row(first)
        os.kill(postmaster(tmp_path), signal.SIGKILL)
        first.process.wait(20)

        assert ask(start(), "SELECT word FROM kept") == "here"

    def test_takes_over_from_a_server_left_on_its_data(self, start: Start) -> None:
        left_over = start()
        write_a_row(left_over)

        second = start()

        assert ask(second, "SELECT word FROM kept") == "here"
        assert left_over.process.wait(20) == 0

    def test_ignores_a_recorded_id_that_is_not_a_server(
        self, start: Start, tmp_path: Path
    ) -> None:
        start().process.stop()
        record = tmp_path / "postgres/postmaster.pid"
        record.write_text(f"{os.getppid()}\n{tmp_path}\n")

        assert ask(start(), "SELECT 1") == 1

    def test_gives_its_role_vector_but_no_more(self, start: Start) -> None:
        server = start()

        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE EXTENSION vector")
            connection.execute("DROP EXTENSION vector")

        query = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        assert ask(server, query) is False

    def test_speaks_unicode(self, start: Start) -> None:
        assert ask(start(), "SELECT lower('ÄÉΣ')") == "äéσ"

    def test_lets_nobody_in_without_the_password(self, start: Start) -> None:
        server = start()

        for url in (
            server.url.replace(":secret", ":wrong"),
            server.url.replace("memoryhub:secret", "postgres:secret"),
        ):
            with pytest.raises(psycopg.OperationalError, match="authentication"):
                psycopg.connect(url)

    def test_says_what_to_do_about_a_lost_password(self, start: Start) -> None:
        start().process.stop()

        with pytest.raises(CannotStart, match="Put secrets"):
            start(password="another")

    def test_is_created_completely_or_not_at_all(
        self, start: Start, tmp_path: Path
    ) -> None:
        with pytest.raises(CannotStart, match="could not be set up"):
            start(password="it's no literal")
        assert not (tmp_path / "postgres").exists()

        assert ask(start(), "SELECT 1") == 1

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
    def test_runs_as_nobody_where_namespaces_are_refused(
        self, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        works = postgres.works
        monkeypatch.setattr(
            postgres,
            "works",
            lambda command: command[0] == "setpriv" and works(command),
        )

        assert ask(start(), "SELECT 1") == 1
        assert (tmp_path / "postgres/PG_VERSION").owner() == "nobody"

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
    def test_says_that_it_cannot_run_as_root(
        self, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres, "works", lambda command: False)

        with pytest.raises(CannotStart, match="as another user"):
            start()
