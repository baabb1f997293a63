"""The secrets of service accounts: made here, shown once, and kept as digests.

A secret is 256 random bits. Nobody guesses that, so a slow hash, which makes guessing
dear, would only make signing in slow. The digest is keyed: a row that somebody wrote
into the table without knowing `SECRET_KEY` opens nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from accounts.models import ServiceSecret, User
from accounts.roles import SIGNS_IN_BY_SECRET, Role

PREFIX = "mhs_"
"""How a secret begins, for those who look for secrets where none should be."""

USE_IS_NOTED_EVERY = timedelta(minutes=1)


class AddressError(Exception):
    """No secret can be made for this address; the message says why."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret, whose text is known to nobody but the reader of this."""

    service: User
    text: str


def create(*, email: str, now: datetime) -> NewSecret:
    """Make a service account, which no password opens, and its first secret.

    Raises:
        AddressError: it is no e-mail address, or there is an account with it.
    """
    try:
        validate_email(email)
    except ValidationError:
        msg = f"{email} is no e-mail address"
        raise AddressError(msg) from None
    if User.objects.at_address(email).exists():
        msg = f"there is an account with the address {email}"
        raise AddressError(msg)
    with transaction.atomic():
        service = User.objects.create_user(email, role=Role.SERVICE)
        return _issue(service, now=now)


def rotate(*, email: str, overlap: timedelta, now: datetime) -> NewSecret:
    """Make a service another secret; the ones before it end after the overlap.

    With them end the tokens that they were traded for.

    Raises:
        AddressError: no service account has this address.
    """
    with transaction.atomic():
        found = User.objects.at_address(email).select_for_update().first()
        if found is None or found.role not in SIGNS_IN_BY_SECRET:
            msg = f"no service account has the address {email}"
            raise AddressError(msg)
        ending = now + overlap
        found.secrets.live(ending).update(expires_at=ending)
        return _issue(found, now=now)


def holder(*, email: str, text: str, now: datetime) -> User | None:
    """Return the service that signs in with a secret, and note that it did."""
    if not text.startswith(PREFIX):
        return None
    live = ServiceSecret.objects.live(now).select_related("service")
    secret = live.filter(
        digest=_digest(text),
        service__in=User.objects.at_address(email),
        service__is_active=True,
    ).first()
    if secret is None or secret.service.role not in SIGNS_IN_BY_SECRET:
        return None
    note_use(secret, now=now)
    secret.service.signed_in_by = secret
    return secret.service


def note_use(secret: ServiceSecret, *, now: datetime) -> None:
    """Note when a secret was last good for something, at most once a minute.

    A service that signs in a hundred times a second would have them all wait for one
    row; who looks whether a secret is still in use needs no seconds.
    """
    noted_before = now - USE_IS_NOTED_EVERY
    if secret.last_used_at is None or secret.last_used_at <= noted_before:
        ServiceSecret.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lte=noted_before), pk=secret.pk
        ).update(last_used_at=now)


def _issue(service: User, *, now: datetime) -> NewSecret:
    text = PREFIX + secrets.token_urlsafe(32)
    service.secrets.create(digest=_digest(text), created_at=now)
    return NewSecret(service, text)


def _digest(text: str) -> str:
    return salted_hmac("service_secret", text, algorithm="sha256").hexdigest()
