"""Checking a password, and locking a sign-in for a while after too many wrong ones.

django-axes counts the failures of each pair of account and address, or network of 64
bits where it is an IPv6 one. It is handed an
attempt that has nothing but these two, so that its tables can keep nothing else.
"""

from datetime import datetime
from math import ceil

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest

from accounts.actor import claimed_name
from accounts.addresses import network_of
from accounts.models import User, folded


class LockedOutError(Exception):
    """Too many sign-ins failed; `retry_after` is in seconds."""

    reason = "locked_out"

    def __init__(self, retry_after: int) -> None:
        minutes = ceil(retry_after / 60)
        super().__init__(
            f"Too many sign-ins to this account failed from here: try again in "
            f"{minutes} minute{'s' if minutes > 1 else ''}."
        )
        self.retry_after = retry_after


def check_password(
    *, username: str, password: str, address: str | None, now: datetime
) -> User | None:
    """Return whose password it is; a wrong one counts as a failure.

    Failures are forgotten by `succeed` alone: whoever knows a password may have to know
    more before they are signed in.

    Raises:
        LockedOutError: too many failed before; the password was not looked at.
    """
    attempt = _Attempt(address, now)
    user = authenticate(attempt, username=username, password=password)
    if attempt.axes_locked_out and attempt.axes_failures_since_start is None:
        raise LockedOutError(_seconds_left(username, address, now))
    return user if isinstance(user, User) else None


def fail(*, username: str, address: str | None, now: datetime) -> None:
    """Count what failed after the password was right, such as a wrong code."""
    AxesProxyHandler.user_login_failed(
        sender=__name__,
        credentials={"username": username},
        request=_Attempt(address, now),
    )


def refuse_if_locked(*, username: str, address: str | None, now: datetime) -> None:
    """Let nobody try a code either, where no password is looked at.

    Raises:
        LockedOutError: too many failed before.
    """
    if AxesProxyHandler.is_locked(_Attempt(address, now), {"username": username}):
        raise LockedOutError(_seconds_left(username, address, now))


def succeed(*, username: str, address: str | None) -> None:
    """Forget the failures of somebody who has signed in."""
    _failures(username, address).delete()


def forgive(*, username: str) -> None:
    """Forget the failures of an account from wherever they came."""
    known = known_as(HttpRequest(), {"username": username})
    AccessAttempt.objects.filter(username=known).delete()


def known_as(request: HttpRequest, credentials: dict[str, str] | None) -> str:
    """Return the name that failures are counted under, as accounts are told apart.

    What is no address may be a password in the wrong field, and is kept nowhere.
    """
    name = (credentials or {}).get("username") or ""
    return claimed_name(folded(name.strip()))


class _Attempt(HttpRequest):
    """What django-axes is told of an attempt to sign in."""

    axes_updated = True
    axes_locked_out = False
    axes_failures_since_start: int | None = None
    axes_credentials: dict[str, str] | None = None
    axes_user_agent = axes_path_info = axes_http_accept = ""

    def __init__(self, address: str | None, now: datetime) -> None:
        super().__init__()
        self.axes_ip_address = _counted_at(address)
        self.axes_attempt_time = now


def _failures(username: str, address: str | None) -> QuerySet[Model]:
    known = known_as(HttpRequest(), {"username": username})
    failures: QuerySet[Model] = AccessAttempt.objects.all()
    return failures.filter(username=known, ip_address=_counted_at(address))


def _counted_at(address: str | None) -> str | None:
    """Return the first address of a household's network: the table takes no network."""
    return network_of(address).split("/")[0] if address else None


def _seconds_left(username: str, address: str | None, now: datetime) -> int:
    found = _failures(username, address).aggregate(last=Max("attempt_time"))
    until = (found["last"] or now) + settings.AXES_COOLOFF_TIME
    return max(1, ceil((until - now).total_seconds()))
