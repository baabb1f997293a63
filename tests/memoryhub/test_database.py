"""memoryhub.database: whether a connection lives is asked only where it is in doubt."""

import pytest
from django.db import connection
from django.db.backends.postgresql import base

from tests.sessions import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What PostgreSQL answered when it was asked."""
    answers: list[bool] = []
    really = base.DatabaseWrapper.is_usable

    def ask(self: base.DatabaseWrapper) -> bool:
        answers.append(really(self))
        return answers[-1]

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", ask)
    connection.ensure_connection()
    return answers


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


def end(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_quiet_connection_is_not_asked(asked: list[bool]) -> None:
    assert connection.is_usable()
    assert asked == []


def test_a_connection_that_was_ended_is_found_dead(asked: list[bool]) -> None:
    ended = backend()
    elsewhere(lambda: end(ended))

    assert not connection.is_usable()
    assert asked == [False]

    connection.close()
    assert backend() != ended


def test_a_connection_with_something_to_tell_lives(asked: list[bool]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("LISTEN something")
    elsewhere(notify)

    assert connection.is_usable()
    assert asked == [True]


def test_a_connection_after_an_error_is_asked(asked: list[bool]) -> None:
    connection.errors_occurred = True

    assert connection.is_usable()
    assert asked == [True]


def notify() -> None:
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY something")
