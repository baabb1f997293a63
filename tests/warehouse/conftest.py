"""What the warehouse's tests share: a migrated Snowflake, and a way to look into it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from memoryhub.embedded.processes import free_port
from warehouse import snowflake

type Query = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def _ask() -> Iterator[Query]:
    snowflake.migrate()
    with snowflake.connected() as connection, connection.cursor() as cursor:

        def ask(sql: str) -> list[dict[str, Any]]:
            cursor.execute(sql)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        yield ask


@pytest.fixture
def query(_ask: Query) -> Query:
    """Ask Snowflake, where MEMORY_RECORDS is empty, by the real connector."""
    _ask("DELETE FROM MEMORY_RECORDS")
    return _ask


@pytest.fixture
def unreachable(settings: Any) -> None:
    """Point the hub at a Snowflake that is not there."""
    settings.SNOWFLAKE = settings.SNOWFLAKE | {"port": free_port()}
