"""memoryhub.pages: what is answered where no view gives an answer."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import User
from memoryhub.embedded import postgres


@pytest.fixture
def visitor(transactional_db: None, ceo: User) -> Client:
    """Somebody with a session, which the middleware reads before any view."""
    client = Client(raise_request_exception=False)
    client.force_login(ceo)
    assert client.get("/admin/").status_code == 200
    return client


@pytest.fixture
def _stopped_postgresql(
    visitor: Client, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Stop the PostgreSQL that the hub is connected to."""
    server = postgres.start(tmp_path / "postgres", password="secret")
    there = dict(connection.settings_dict)
    url = urlsplit(server.url)
    connection.close()
    connection.settings_dict |= {
        "HOST": url.hostname,
        "PORT": url.port,
        "NAME": url.path.lstrip("/"),
        "USER": url.username,
        "PASSWORD": url.password,
    }
    connection.ensure_connection()
    server.process.stop()
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict |= there


@pytest.mark.usefixtures("_stopped_postgresql")
class TestWithoutPostgresql:
    @pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/api/v1/stats"])
    def test_whoever_has_a_session_is_told_to_come_back(
        self, visitor: Client, path: str
    ) -> None:
        for _ in range(2):
            answer = visitor.get(path, headers={"Accept": "text/html"})

            assert (answer.status_code, answer["Retry-After"]) == (503, "5")
            assert "try again shortly" in answer.text
            assert settings.SESSION_COOKIE_NAME not in answer.cookies

    def test_a_program_is_told_so_in_its_words(self, visitor: Client) -> None:
        answer = visitor.get("/admin/", headers={"Accept": "application/json"})

        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code == 503

    def test_a_change_is_not_half_done(self, visitor: Client) -> None:
        assert visitor.post("/admin/view-as/", {"email": "a@b.c"}).status_code == 503


def test_a_fault_of_the_hubs_own_is_no_outage(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        msg = "secret"
        raise RuntimeError(msg)

    monkeypatch.setattr("accounts.sessions.SessionLimits._look_at", fail)

    answer = visitor.get("/admin/", headers={"Accept": "text/html"})

    assert answer.status_code == 500
    assert "secret" not in answer.text
