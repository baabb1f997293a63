"""Signing in and out: access tokens that end with the rights they were given for.

A refresh token works once. Using one again means that somebody else has a copy, so
the whole family that descends from that sign-in ends, its access tokens too. Two uses
at the same moment are no exception: the hub cannot tell which of the two is the thief.

What a token's holder was when it was issued (password, role, active or not) is stamped
on it: a token whose stamp no longer fits is refused with the next request. One that was
given for a service's secret ends with the secret. What a token may be used for, its
scopes, goes on from each to the next.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts import credentials, scopes
from accounts.models import TokenFamily, User
from accounts.scopes import Scopes
from accounts.signing import SignedAccessToken, SignedRefreshToken

STAMP, FAMILY = "stamp", "family"


class RefusedTokenError(Exception):
    """The refresh token is not good: sign in again.

    Whoever holds it is told no more than that. `reason` names for the audit what is
    wrong with it, and `user` is whom it was given to, if it is one of the hub's.
    """

    def __init__(self, reason: str, user: User | None = None) -> None:
        super().__init__("The refresh token is not valid any more: sign in again.")
        self.reason = reason
        self.user = user


def sign_in(
    *, user: User, now: datetime, may: Scopes = scopes.ALL
) -> Mapping[str, str]:
    """Begin a family of tokens; returns an `access` and a `refresh` token."""
    family = TokenFamily(
        user=user, secret=user.signed_in_by, current=uuid4().hex, created_at=now
    )
    return _issue(family, may=may, now=now)


def refresh(*, token: str, now: datetime) -> tuple[User, Mapping[str, str]]:
    """Trade a refresh token for a fresh pair; returns whose it is, and the pair.

    Raises:
        RefusedTokenError: it is invalid, expired, revoked, or was used before; in the
            last case its whole family is revoked.
    """
    with transaction.atomic():
        refresh_token, family = _open(token)
        if family.current != refresh_token["jti"]:
            _revoke(family, now=now)
            reason = "token_reused"
        elif family.is_live(now) and _stamp_fits(refresh_token, family.user):
            if family.secret:
                credentials.note_use(family.secret, now=now)
            family.current = uuid4().hex
            may = scopes.of_claims(refresh_token.payload)
            return family.user, _issue(family, may=may, now=now)
        else:
            reason = "token_ended"
    raise RefusedTokenError(reason, family.user)


def revoke(*, token: str, now: datetime) -> User:
    """End the family that a refresh token belongs to; returns whose it is.

    Raises:
        RefusedTokenError: it is no refresh token of this hub.
    """
    with transaction.atomic():
        _, family = _open(token)
        _revoke(family, now=now)
        return family.user


class StampedJWTAuthentication(JWTAuthentication):
    """Accept an access token only while its holder is what it was issued to."""

    def get_user(  # type: ignore[override]  # narrower than a type variable
        self, validated_token: Token
    ) -> User:
        """Return the token's holder, and refuse a token that outlived its rights."""
        user = _holder(validated_token, now=timezone.now())
        if user is None or not _stamp_fits(validated_token, user):
            detail = "The token has ended: sign in again."
            raise AuthenticationFailed(detail, code="token_not_valid")
        return user


def discard_expired(*, now: datetime) -> int:
    """Drop the families whose last token has run out by itself; returns how many."""
    last_use = now - SignedRefreshToken.lifetime
    count, _ = TokenFamily.objects.filter(refreshed_at__lte=last_use).delete()
    return count


def _open(token: str) -> tuple[SignedRefreshToken, TokenFamily]:
    try:
        refresh_token = SignedRefreshToken(token)  # type: ignore[arg-type]  # annotated wrongly
        family = (
            TokenFamily.objects.select_for_update(of=("self",))
            .select_related("user", "secret")
            .get(pk=UUID(refresh_token[FAMILY]))
        )
    except (TokenError, KeyError, ValueError, TokenFamily.DoesNotExist):
        raise RefusedTokenError("bad_token") from None
    return refresh_token, family


def _issue(family: TokenFamily, *, may: Scopes, now: datetime) -> Mapping[str, str]:
    family.refreshed_at = now
    family.save()
    claims: dict[str, Any] = {
        "user_id": str(family.user_id),
        STAMP: family.user.stamp("token"),
        FAMILY: str(family.pk),
        scopes.CLAIM: scopes.as_text(may),
    }
    access, refreshed = SignedAccessToken(), SignedRefreshToken()
    access.payload |= claims
    refreshed.payload |= claims | {"jti": family.current}
    return {"access": str(access), "refresh": str(refreshed)}


def _revoke(family: TokenFamily, *, now: datetime) -> None:
    family.revoked_at = family.revoked_at or now
    family.save(update_fields=["revoked_at"])


def _holder(token: Token, *, now: datetime) -> User | None:
    """Return the account that a token was given to, unless its family has ended."""
    try:
        named = [str(int(token["user_id"])), now, UUID(token[FAMILY])]
    except (KeyError, ValueError):
        return None
    return next(iter(User.objects.raw(_sql_of_holder(), named)), None)


@cache
def _sql_of_holder() -> str:
    """Return the question for an account with its roles, which each request asks.

    It asks for the token's family in the same breath. Django takes longer to say it
    than PostgreSQL to answer it, so it says it once.
    """
    live = TokenFamily.objects.live(datetime.min.replace(tzinfo=UTC))
    descended_from = live.filter(pk=UUID(int=0)).values("user")
    holder = User.objects.with_roles().filter(pk=0, pk__in=descended_from)
    sql, _ = holder.query.sql_with_params()
    return sql


def _stamp_fits(token: Token, user: User) -> bool:
    fits = constant_time_compare(token.get(STAMP, ""), user.stamp("token"))
    return user.is_active and fits
