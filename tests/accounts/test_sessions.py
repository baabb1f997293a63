"""accounts.sessions: a session ends when nobody is there, and at the end of the day."""

import time
from datetime import datetime, timedelta

import pytest
from django.conf import settings as hub
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import sessions
from accounts.models import User
from accounts.sessions import SessionLimits
from memoryhub.breaker import BreakerConnection
from memoryhub.embedded.valkey import Valkey
from tests.factories import NOW
from tests.sessions import uncommitted

ADMIN = "/admin/"


class Visit:
    """Somebody's browser, and a clock."""

    def __init__(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        self.key = client.cookies[hub.SESSION_COOKIE_NAME].value
        self.user = user
        self.said: list[str] = []

    def at(self, now: datetime) -> bool:
        """Ask for a page at some time; returns whether the session still is theirs."""
        request = RequestFactory().get(ADMIN)
        request.COOKIES[hub.SESSION_COOKIE_NAME] = self.key
        request.session = SessionStore(self.key)
        request.user = self.user
        request._messages = FallbackStorage(request)  # type: ignore[attr-defined]  # as its middleware does
        SessionLimits(self._answer, clock=lambda: now)(request)
        request.session.save()
        self.key = str(request.session.session_key)
        self.said = [str(message) for message in get_messages(request)]
        return "_auth_user_id" in request.session

    def _answer(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@pytest.fixture
def visit(user: User) -> Visit:
    found = Visit(user)
    assert found.at(NOW)
    return found


class TestASession:
    def test_ends_after_an_hour_of_nothing(self, visit: Visit) -> None:
        assert visit.at(NOW + timedelta(minutes=59))

        assert not visit.at(NOW + timedelta(minutes=59 + 60))
        assert visit.said == ["You were signed out: nothing was done for 60 minutes."]

    def test_goes_on_while_somebody_is_there(self, visit: Visit) -> None:
        minutes = range(30, 12 * 60, 30)

        assert all(visit.at(NOW + timedelta(minutes=minute)) for minute in minutes)

    def test_ends_after_twelve_hours_all_the_same(self, visit: Visit) -> None:
        for minute in range(30, 12 * 60, 30):
            visit.at(NOW + timedelta(minutes=minute))

        assert not visit.at(NOW + timedelta(hours=12))
        assert visit.said == ["You were signed out: a session ends after 12 h."]

    def test_counts_from_signing_in(self, visit: Visit) -> None:
        session = SessionStore(visit.key)
        sessions.begin(session, now=NOW + timedelta(hours=11))
        session.save()

        assert visit.at(NOW + timedelta(hours=11, minutes=50))
        assert visit.at(NOW + timedelta(hours=12, minutes=30))

    def test_is_written_once_a_minute(self, visit: Visit) -> None:
        before = SessionStore(visit.key)[sessions.SEEN]
        visit.at(NOW + timedelta(seconds=59))
        within = SessionStore(visit.key)[sessions.SEEN]
        visit.at(NOW + timedelta(seconds=60))

        assert within == before
        assert SessionStore(visit.key)[sessions.SEEN] == before + 60


class TestTheSessionsOfAnAccount:
    def test_end_but_for_the_one_that_is_kept(self, user: User) -> None:
        kept, other = Visit(user), Visit(user)

        sessions.end_sessions(user=user, but=kept.key, now=NOW)

        assert SessionStore().exists(kept.key)
        assert not SessionStore().exists(other.key)
        assert "_auth_user_id" not in SessionStore(other.key)

    def test_end_no_one_elses(self, user: User, outsider: User) -> None:
        other = Visit(outsider)

        sessions.end_sessions(user=user, but=None, now=NOW)

        assert SessionStore().exists(other.key)

    @pytest.mark.django_db(transaction=True)
    def test_do_not_come_back_by_a_request_meanwhile(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        assert client.get(ADMIN).status_code == 200

        def end() -> None:
            sessions.end_sessions(user=user, but=None, now=timezone.now())

        with uncommitted(end):
            assert client.get(ADMIN).status_code == 200

        assert client.get(ADMIN).status_code == 302

    def test_end_without_redis(self, own_redis: Valkey, user: User) -> None:
        client = Client()
        client.force_login(user)
        assert client.get(ADMIN).status_code == 200
        BreakerConnection.open_until = time.monotonic() + 60
        sessions.end_sessions(user=user, but=None, now=timezone.now())
        BreakerConnection.open_until = 0.0

        assert client.get(ADMIN).status_code == 302

    def test_are_dropped_when_they_are_over(self, user: User) -> None:
        old, other = Visit(user), Visit(user)
        Session.objects.filter(pk=old.key).update(expire_date=NOW)
        Session.objects.filter(pk=other.key).update(expire_date=NOW + timedelta(1))

        assert sessions.discard_expired(now=NOW) == 1
        assert Session.objects.get().pk == other.key


def test_whoever_was_away_is_asked_to_sign_in_and_told_why(user: User) -> None:
    client = Client()
    client.force_login(user)
    assert client.get(ADMIN).status_code == 200
    session = client.session
    session[sessions.SEEN] -= 61 * 60
    session.save()

    answer = client.get(ADMIN, follow=True)

    assert answer.redirect_chain[-1][0] == "/admin/login/?next=/admin/"
    assert "nothing was done for 60 minutes" in answer.text


def test_a_request_without_a_session_does_not_vary_by_one(db: None) -> None:
    answer = Client().get("/api/v1/stats")

    assert "Cookie" not in answer.get("Vary", "")
