"""What the warehouse's tests share: a migrated Snowflake, and a way to look into it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from memoryhub.embedded.processes import free_port
from warehouse import snowflake

type Query = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def _migrated() -> None:
    snowflake.migrate()


@pytest.fixture
def query(_migrated: None) -> Query:
    """Ask Snowflake, where MEMORY_RECORDS is empty, by the real connector.

    The local Snowflake answers 1970 for a time that is NULL: ask for times as text.
    """
    ask("DELETE FROM MEMORY_RECORDS")
    return ask


@pytest.fixture
def unreachable(settings: Any) -> None:
    """Point the hub at a Snowflake that is not there."""
    settings.SNOWFLAKE = settings.SNOWFLAKE | {"port": free_port()}


def ask(sql: str, params: Sequence[object] = ()) -> list[dict[str, Any]]:
    with snowflake.connected() as connection, connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
