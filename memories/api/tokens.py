"""Signing in and out over the API."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import tokens
from accounts.actor import UNKNOWN, Actor, Channel, Stranger, claimed_name
from accounts.models import User
from accounts.tokens import RefusedTokenError
from audit import trail
from memories import drafting
from memories.actors import origin_of
from memories.api.refusals import BadCredentialsError
from memories.schemas import answers
from memories.schemas.base import Strict, Text

type Outcome = tuple[User, Response]
"""Whose token it was, and what is answered."""


class TokenRequest(Strict):
    """An account's address and password."""

    username: Text
    password: Text


class RefreshRequest(Strict):
    """A refresh token."""

    refresh: Text


class OpenView(APIView):
    """A view that needs no token, because it gives one."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class TokenView(OpenView):
    """POST /auth/token."""

    @extend_schema(
        request=TokenRequest,
        responses={200: answers.TokenAnswer, 401: answers.ProblemAnswer},
    )
    def post(self, request: Request) -> Response:
        """Sign in: an access token for ten minutes, and one to renew it with."""
        asked, now = drafting.read(TokenRequest, request.data), timezone.now()
        user = authenticate(request, username=asked.username, password=asked.password)
        origin = origin_of(request, Channel.API)
        if not isinstance(user, User):
            stranger = Stranger(actor_name=claimed_name(asked.username), **origin)
            _record(stranger, now=now, refusal=BadCredentialsError.reason)
            raise BadCredentialsError
        with transaction.atomic():
            _record(Actor(user=user, **origin), now=now)
            return Response(tokens.sign_in(user=user, now=now))


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
