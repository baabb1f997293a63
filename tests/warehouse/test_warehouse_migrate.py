"""manage.py warehouse_migrate: repeatable, and clear about what is missing."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.warehouse.bodies import body
from tests.warehouse.conftest import Query
from warehouse import snowflake


def test_it_works() -> None:
    output = StringIO()

    call_command("warehouse_migrate", stdout=output)

    names = [file.name for file in sorted(snowflake.DDL.glob("*.sql"))]
    assert output.getvalue().splitlines() == [f"applied {name}" for name in names]


def test_it_may_be_repeated(query: Query) -> None:
    snowflake.merge("memory-1-1", [body()])

    call_command("warehouse_migrate", stdout=StringIO())

    assert query("SELECT COUNT(*) AS N FROM MEMORY_RECORDS") == [{"N": 1}]


def test_it_says_which_setting_is_missing(settings: Settings) -> None:
    settings.SNOWFLAKE = settings.SNOWFLAKE | {"account": ""}

    with pytest.raises(CommandError, match="set SNOWFLAKE_ACCOUNT"):
        call_command("warehouse_migrate")


def test_it_says_that_snowflake_is_not_there(unreachable: None) -> None:
    with pytest.raises(CommandError, match=r"did not take it: .*Could not connect"):
        call_command("warehouse_migrate")
