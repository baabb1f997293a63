"""audit.migrations: the tables go and come again, with what guards them."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from audit.models import Record
from tests.audit.writing import write
from tests.conftest import allow_truncate

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name: str | None) -> None:
    MigrationExecutor(connection).migrate([("audit", name)])


def migrate_to_the_last() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("audit"))


@pytest.fixture(autouse=True)
def _there_again() -> Iterator[None]:
    yield
    migrate_to_the_last()
    allow_truncate()


def left() -> list[str]:
    """Return what there is of the audit's tables and functions."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT relname FROM pg_class
             WHERE relname LIKE 'audit\\_%' AND relnamespace = 'public'::regnamespace
             UNION ALL
            SELECT proname FROM pg_proc WHERE proname LIKE 'audit\\_%'
            """
        )
        return [name for (name,) in cursor.fetchall()]


def test_leave_nothing_when_undone() -> None:
    write()

    migrate(None)

    assert left() == []


def test_guard_what_is_made_again() -> None:
    migrate(None)
    migrate_to_the_last()
    write()

    with pytest.raises(DatabaseError, match="append-only"):
        Record.objects.update(action="x")
