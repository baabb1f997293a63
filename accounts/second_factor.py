"""The second factor of an account: an authenticator app, and codes for when it is lost.

django-otp keeps both, slows guesses down, and takes no code twice. A recovery code is
kept as a keyed digest.
"""

import secrets
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.sessions import end_sessions

RECOVERY_CODES = 10
_ISSUER = "Memory Hub"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class WrongCodeError(Exception):
    """The code is none of this account's, or came too soon after a wrong one."""

    reason = "otp_refused"

    def __init__(self) -> None:
        super().__init__(
            "This code is wrong, was used before, or came too soon after a wrong one: "
            "wait for the next one."
        )


def app_of(user: User) -> TOTPDevice | None:
    """Return the authenticator that signing in asks for, if there is one."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def begin(*, user: User) -> TOTPDevice:
    """Return an authenticator that is good once a code of it has been seen.

    The same one as before, so that a page that is loaded anew shows the same secret.
    """
    waiting = _waiting(user).first()
    if waiting is None:
        waiting = TOTPDevice.objects.create(
            user=user, confirmed=False, name="authenticator"
        )
    return waiting


def confirm(
    *, user: User, code: str, keep_session: str | None, now: datetime
) -> Sequence[str]:
    """Take the authenticator into use; returns the recovery codes, this once.

    It takes the place of the one before. The account's tokens and sessions end, which
    were given for the password alone; a caller who keeps one gives it the new hash.

    Raises:
        WrongCodeError: the code is not the authenticator's.
    """
    with transaction.atomic():
        waiting = _waiting(user).select_for_update().first()
        if waiting is not None and waiting.verify_token(_bare(code)):
            TOTPDevice.objects.filter(user=user).exclude(pk=waiting.pk).delete()
            waiting.confirmed = True
            waiting.save(update_fields=["confirmed"])
            codes = _recovery_codes(user)
            user.outdate()
            end_sessions(user=user, but=keep_session, now=now)
            return codes
    raise WrongCodeError


def verify(*, user: User, code: str) -> TOTPDevice:
    """Return the account's authenticator if the code is its, or a recovery code.

    Raises:
        WrongCodeError: it is neither, or it came before.
    """
    bare = _bare(code)
    with transaction.atomic():
        app = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True)
        found = app.first()
        if found is None:
            raise WrongCodeError
        if bare.isdecimal():
            verified = found.verify_token(bare)
        else:
            spare = StaticDevice.objects.select_for_update().filter(user=user).first()
            verified = spare is not None and spare.verify_token(_kept(bare))
    if not verified:
        raise WrongCodeError
    return found


def recovery_codes_left(user: User) -> int:
    """Count the recovery codes that were not used."""
    left: int = StaticToken.objects.filter(device__user=user).count()
    return left


def reset(*, user: User, but: str | None, now: datetime) -> None:
    """Take the second factor from an account, and end its tokens and sessions.

    A caller who keeps a session gives it the new hash.
    """
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        user.outdate()
        end_sessions(user=user, but=but, now=now)


def secret_of(app: TOTPDevice) -> str:
    """Return the secret as people type it into an authenticator."""
    return b32encode(app.bin_key).decode()


def url_of(app: TOTPDevice) -> str:
    """Return what the QR code says, after Google Authenticator's key URI format."""
    label = quote(f"{_ISSUER}:{app.user.email}")
    query = urlencode({"secret": secret_of(app), "issuer": _ISSUER}, quote_via=quote)
    return f"otpauth://totp/{label}?{query}"


def _waiting(user: User) -> QuerySet[TOTPDevice]:
    """Find what is not confirmed: where two pages at once made two, the first."""
    devices: QuerySet[TOTPDevice] = TOTPDevice.objects.filter(user=user)
    return devices.filter(confirmed=False).order_by("pk")


def _recovery_codes(user: User) -> Sequence[str]:
    StaticDevice.objects.filter(user=user).delete()
    spare = StaticDevice.objects.create(user=user, name="recovery codes")
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    for code in codes:
        spare.token_set.create(token=_kept(_bare(code)))
    return codes


def _recovery_code() -> str:
    """Return 59 random bits, with a letter first: an authenticator's are all digits."""
    letters = _ALPHABET.rstrip("0123456789")
    rest = "".join(secrets.choice(_ALPHABET) for _ in range(11))
    code = secrets.choice(letters) + rest
    return "-".join((code[:4], code[4:8], code[8:]))


def _bare(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def _kept(code: str) -> str:
    """Return as much of a digest as django-otp has room for."""
    return salted_hmac("recovery code", code, algorithm="sha256").hexdigest()[:16]
