"""Signing in and out over the API."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import AfterValidator
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import lockout, scopes, second_factor, tokens
from accounts.actor import UNKNOWN, Actor, Channel, Stranger, claimed_name
from accounts.addresses import address_of
from accounts.lockout import LockedOutError
from accounts.models import User
from accounts.roles import Role
from accounts.second_factor import WrongCodeError
from accounts.tokens import RefusedTokenError
from audit import trail
from memories import drafting
from memories.actors import origin_of
from memories.api.limited import LimitedView
from memories.api.refusals import BadCredentialsError, CodeRequiredError
from memories.api.throttles import SignInThrottle
from memories.schemas import answers
from memories.schemas.base import Strict, Text

type Outcome = tuple[User, Response]
"""Whose token it was, and what is answered."""


def _known_scopes(text: str) -> str:
    scopes.asked_for(text)
    return text


class TokenRequest(Strict):
    """An account's address and password, and a code if it has a second factor.

    `scope` is what the token may be used for, with spaces between; all, if it is not
    said.
    """

    username: Text
    password: Text
    otp: Text | None = None
    scope: Annotated[Text, AfterValidator(_known_scopes)] | None = None


class RefreshRequest(Strict):
    """A refresh token."""

    refresh: Text


class OpenView(LimitedView):
    """A view that needs no token, because it gives one."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class TokenView(OpenView):
    """POST /auth/token."""

    throttle_classes = (SignInThrottle,)

    @extend_schema(
        request=TokenRequest,
        responses={200: answers.TokenAnswer, 401: answers.ProblemAnswer},
    )
    def post(self, request: Request) -> Response:
        """Sign in: an access token for ten minutes, and one to renew it with."""
        asked = drafting.read(TokenRequest, request.data)
        return Response(sign_in(request, asked, now=timezone.now()))


class RefreshView(OpenView):
    """POST /auth/token/refresh."""

    @extend_schema(
        request=RefreshRequest,
        responses={200: answers.TokenAnswer, 401: answers.ProblemAnswer},
    )
    def post(self, request: Request) -> Response:
        """Trade a refresh token for a fresh pair; it works once."""
        asked, now = drafting.read(RefreshRequest, request.data), timezone.now()

        def work() -> Outcome:
            user, pair = tokens.refresh(token=asked.refresh, now=now)
            return user, Response(pair)

        return _recorded(request, "refresh", now, work)


class RevokeView(OpenView):
    """POST /auth/token/revoke."""

    @extend_schema(
        request=RefreshRequest, responses={204: None, 401: answers.ProblemAnswer}
    )
    def post(self, request: Request) -> Response:
        """Sign out: all tokens of this sign-in end with the next request."""
        asked, now = drafting.read(RefreshRequest, request.data), timezone.now()

        def work() -> Outcome:
            user = tokens.revoke(token=asked.refresh, now=now)
            return user, Response(status=HTTPStatus.NO_CONTENT)

        return _recorded(request, "sign_out", now, work)


def sign_in(
    request: Request,
    asked: TokenRequest,
    *,
    roles: Collection[Role] = tuple(Role),
    now: datetime,
) -> Mapping[str, str]:
    """Return the tokens of somebody in one of some roles; that is on record.

    Raises:
        BadCredentialsError, CodeRequiredError, LockedOutError, WrongCodeError: as
            they say.
    """
    origin = origin_of(request, Channel.API)
    try:
        user = _known(asked, address=address_of(request), now=now)
        if user.role not in roles:
            raise BadCredentialsError
    except REFUSALS as refusal:
        stranger = Stranger(actor_name=claimed_name(asked.username), **origin)
        _record(stranger, now=now, refusal=refusal.reason)
        raise
    with transaction.atomic():
        _record(Actor(user=user, **origin), now=now)
        may = scopes.asked_for(asked.scope)
        return tokens.sign_in(user=user, may=may, now=now)


REFUSALS = (BadCredentialsError, CodeRequiredError, LockedOutError, WrongCodeError)


def _known(asked: TokenRequest, *, address: str | None, now: datetime) -> User:
    """Return who has shown all that their account asks for.

    Raises:
        BadCredentialsError: nobody has this address and password.
        CodeRequiredError: the account has a second factor, and no code came.
        LockedOutError: too many failed before.
        WrongCodeError: the code is not the account's.
    """
    name = asked.username
    user = lockout.check_password(
        username=name, password=asked.password, address=address, now=now
    )
    if user is None:
        raise BadCredentialsError
    if second_factor.app_of(user):
        if asked.otp is None:
            raise CodeRequiredError
        try:
            second_factor.verify(user=user, code=asked.otp)
        except WrongCodeError:
            lockout.fail(username=name, address=address, now=now)
            raise
    lockout.succeed(username=name, address=address)
    return user


def _recorded(
    request: Request, action: str, now: datetime, work: Callable[[], Outcome]
) -> Response:
    """Use a refresh token in one transaction with the record of it.

    A use that is refused may end the token's family, and that stays: it is recorded
    after its transaction.
    """
    origin = origin_of(request, Channel.API)
    with transaction.atomic():
        try:
            user, answer = work()
        except RefusedTokenError as error:
            refusal = error
        else:
            _record(Actor(user=user, **origin), action=action, now=now)
            return answer
    who = (
        Actor(user=refusal.user, **origin)
        if refusal.user
        else Stranger(actor_name=UNKNOWN, **origin)
    )
    _record(who, action=action, now=now, refusal=refusal.reason)
    raise refusal


def _record(
    who: trail.Accessor, *, now: datetime, action: str = "sign_in", refusal: str = ""
) -> None:
    trail.record(trail.Access(accessor=who, action=action, at=now, refusal=refusal))
