"""The sessions of an account, which outlive neither idleness nor a working day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User

BEGAN, SEEN = "began", "seen"
_SEEN_AGAIN = timedelta(minutes=1)


class SessionLimits:
    """End a session that was idle for too long, or that began too long ago.

    When somebody was last seen is written at most once a minute.
    """

    def __init__(
        self,
        get_response: Callable[[HttpRequest], HttpResponse],
        clock: Callable[[], datetime] = timezone.now,
    ) -> None:
        self.get_response = get_response
        self.clock = clock

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the session of whoever has one."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            self._look_at(request)
        return self.get_response(request)

    def _look_at(self, request: HttpRequest) -> None:
        session, now = request.session, self.clock()
        if SESSION_KEY not in session:
            return
        if BEGAN not in session:
            begin(session, now=now)
        elif reason := _over(session, now):
            logout(request)
            messages.info(request, reason)
        elif now - _at(session[SEEN]) >= _SEEN_AGAIN:
            session[SEEN] = now.timestamp()


def begin(session: SessionBase, *, now: datetime) -> None:
    """Count a session's time from somebody's signing in."""
    session[BEGAN] = session[SEEN] = now.timestamp()


def end_sessions(*, user: User, but: str | None, now: datetime) -> None:
    """End all sessions of an account, or all but one, with the next request.

    Sessions do not know their account but in what they hold, so each is looked into.
    """
    held: dict[str, Any]
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        held = session.get_decoded()
        if held.get(SESSION_KEY) == str(user.pk) and session.pk != but:
            session.delete()


def discard_expired(*, now: datetime) -> int:
    """Drop the sessions that nobody came back to; returns how many."""
    count, _ = Session.objects.filter(expire_date__lte=now).delete()
    return count


def _over(session: SessionBase, now: datetime) -> str:
    if now - _at(session[BEGAN]) >= timedelta(hours=settings.SESSION_HOURS):
        return f"You were signed out: a session ends after {settings.SESSION_HOURS} h."
    idle = timedelta(minutes=settings.SESSION_IDLE_MINUTES)
    if now - _at(session[SEEN]) >= idle:
        return (
            f"You were signed out: nothing was done for "
            f"{settings.SESSION_IDLE_MINUTES} minutes."
        )
    return ""


def _at(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, tz=UTC)
