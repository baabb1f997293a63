"""The local Snowflake, through the connector that the hub itself uses."""

from collections.abc import Generator
from datetime import UTC, datetime, time
from http.client import HTTPConnection
from pathlib import Path

import pytest
import snowflake.connector  # noqa: TID251 (it is what talks to the server)
from snowflake.connector import SnowflakeConnection  # noqa: TID251

from memoryhub.embedded import snowflake as local
from memoryhub.embedded.snowflake import Snowflake


class Starter:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.running: list[Snowflake] = []

    def __call__(self) -> Snowflake:
        server = local.start(self.directory, password="secret")
        self.running.append(server)
        return server


@pytest.fixture
def start(tmp_path: Path) -> Generator[Starter]:
    starter = Starter(tmp_path / "snowflake")
    yield starter
    for server in starter.running:
        server.process.stop()


def connect(server: Snowflake, **changes: str) -> SnowflakeConnection:
    return snowflake.connector.connect(**(server.connection | changes))


def query(connection: SnowflakeConnection, sql: str) -> list[tuple[object, ...]]:
    cursor = connection.cursor()
    cursor.execute(sql)
    return cursor.fetchall()


class TestSnowflake:
    def test_keeps_tables_and_views_over_a_restart(self, start: Starter) -> None:
        first = start()
        with connect(first) as connection:
            query(connection, "CREATE TABLE t (id INT, content VARIANT)")
            query(connection, """INSERT INTO t SELECT 1, PARSE_JSON('{"a": "b"}')""")
            query(connection, "CREATE VIEW v AS SELECT content:a::text AS a FROM t")
        first.process.stop()

        with connect(start()) as connection:
            assert query(connection, "SELECT a FROM v") == [("b",)]
            query(connection, "INSERT INTO t SELECT 2, NULL")
            assert query(connection, "SELECT count(*) FROM t") == [(2,)]

    def test_shows_one_session_what_another_committed(self, start: Starter) -> None:
        server = start()

        with connect(server) as web, connect(server) as worker:
            query(worker, "CREATE TABLE t (id INT)")
            query(worker, "BEGIN")
            query(worker, "INSERT INTO t VALUES (1)")
            assert query(web, "SELECT count(*) FROM t") == [(0,)]
            query(worker, "COMMIT")
            assert query(web, "SELECT count(*) FROM t") == [(1,)]

    def test_loads_a_staged_file(self, start: Starter, tmp_path: Path) -> None:
        batch = tmp_path / "batch.ndjson"
        batch.write_text('{"id": 1}\n{"id": 2}\n')

        with connect(start()) as connection:
            query(connection, "CREATE TABLE t (v VARIANT)")
            query(connection, "CREATE STAGE s")
            query(connection, f"PUT file://{batch} @s AUTO_COMPRESS=FALSE")
            query(connection, "COPY INTO t FROM @s FILE_FORMAT = (TYPE = JSON)")
            assert query(connection, "SELECT sum(v:id::int) FROM t") == [(3,)]

    def test_answers_none_for_null(self, start: Starter) -> None:
        late = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)

        with connect(start()) as connection:
            query(
                connection,
                "CREATE TABLE t (id INT, tz TIMESTAMP_TZ, ntz TIMESTAMP_NTZ, "
                "day DATE, hour TIME, text VARCHAR, number NUMBER)",
            )
            query(
                connection,
                "INSERT INTO t VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL), "
                "(2, '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678', "
                "'2026-01-02', '03:04:05', 'text', 7), "
                "(3, NULL, NULL, NULL, NULL, NULL, NULL)",
            )
            rows = query(connection, "SELECT * FROM t ORDER BY id")
            nulls = query(connection, "SELECT tz, ntz FROM t WHERE tz IS NULL")
            none = query(connection, "SELECT tz, ntz FROM t WHERE id = 4")

        assert rows == [
            (1, *[None] * 6),
            (2, late, late.replace(tzinfo=None), late.date(), time(3, 4, 5), "text", 7),
            (3, *[None] * 6),
        ]
        assert nulls == [(None, None)] * 2
        assert none == []

    def test_lets_nobody_in_without_the_password(self, start: Starter) -> None:
        with pytest.raises(snowflake.connector.DatabaseError, match="Incorrect"):
            connect(start(), password="wrong")

    def test_takes_no_file_that_no_session_announced(self, start: Starter) -> None:
        request = HTTPConnection("127.0.0.1", start().port)
        request.request("PUT", "/fs_bucket/MEMORY_HUB/AI_MEMORY/S/x", b"{}")

        assert request.getresponse().status == 403
        request.close()

    def test_keeps_its_files_in_its_directory(self, start: Starter) -> None:
        with connect(start()):
            names = {path.name for path in start.directory.iterdir()}
        assert {"MEMORY_HUB.db", "stages"} <= names
