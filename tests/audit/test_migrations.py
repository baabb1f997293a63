"""audit.migrations: what stood in the clear is locked, and comes back when undone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from audit.models import Record, Subject
from tests.conftest import allow_truncate
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name: str) -> Apps:
    """Bring the audit's schema to one migration; returns its models."""
    executor = MigrationExecutor(connection)
    state = executor.migrate([("audit", name)])
    return state.apps


@pytest.fixture
def first() -> Iterator[Any]:
    """The model of a record as it was at first."""
    yield migrate("0001_initial").get_model("audit", "Record")
    migrate("0004_append_only")
    allow_truncate()


def test_what_stood_in_the_clear_is_locked_and_comes_back(first: Any) -> None:
    plain = {"at": NOW, "role": "CEO", "channel": "api", "action": "search"}
    ann = {"actor": "ann@example.com", "ip": "192.0.2.7", "user_agent": "a browser"}
    first.objects.create(**plain, **ann, on_behalf_of="ben@example.com")
    first.objects.create(**plain, actor="Ann@example.com")

    migrate("0004_append_only")

    one, other = Record.objects.order_by("seq")
    assert {name: getattr(one, name) for name in ann} == ann
    assert (one.on_behalf_of, other.on_behalf_of) == ("ben@example.com", "")
    assert other.actor == "Ann@example.com"
    assert one.actor_subject == other.actor_subject
    assert Subject.objects.count() == 2

    again = migrate("0001_initial").get_model("audit", "Record")

    one = again.objects.get(pk=one.pk)
    assert {name: getattr(one, name) for name in ann} == ann
    assert one.on_behalf_of == "ben@example.com"
