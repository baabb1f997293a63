"""OAuth for agents: a service trades its secret for an access token (RFC 6749, 4.4).

An agent that is refused by MCP is led here by the metadata (RFC 9728, RFC 8414). People
have no grant of their own: a password belongs on no program's form.
"""

import base64
import binascii
from http import HTTPStatus
from typing import Literal
from urllib.parse import unquote_plus

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, ValidationError
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.settings import api_settings

from accounts import scopes
from accounts.lockout import LockedOutError
from accounts.roles import SIGNS_IN_BY_SECRET
from accounts.scopes import Scope, UnknownScopeError
from memories import drafting
from memories.api.throttles import SignInThrottle
from memories.api.tokens import REFUSALS, OpenView, TokenRequest, sign_in
from memories.errors import InvalidError

GRANT = "client_credentials"

type Code = Literal[
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "unsupported_grant_type",
    "unsupported_response_type",
]


class GrantRequest(BaseModel):
    """What a client asks for; what it says besides is ignored, as OAuth has it."""

    model_config = ConfigDict(str_max_length=4096)

    grant_type: str
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None
    resource: str | None = None


class MetadataView(OpenView):
    """GET /.well-known/oauth-authorization-server."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Say where tokens are given, and for what."""
        return Response(
            {
                "issuer": settings.HUB_URL,
                "token_endpoint": f"{settings.HUB_URL}/oauth/token",
                "authorization_endpoint": f"{settings.HUB_URL}/oauth/authorize",
                "response_types_supported": [],
                "grant_types_supported": [GRANT],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
                "scopes_supported": list(Scope),
            }
        )


class AuthorizeView(OpenView):
    """GET /oauth/authorize, which metadata has to name and the hub has no use for."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Refuse to give a code."""
        return _refusal(
            "unsupported_response_type",
            f"This hub gives no codes: trade a service's secret at "
            f"{settings.HUB_URL}/oauth/token.",
        )


class OAuthTokenView(OpenView):
    """POST /oauth/token."""

    throttle_classes = (SignInThrottle,)
    parser_classes = (FormParser,)

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Give a service an access token for ten minutes."""
        try:
            asked = GrantRequest.model_validate(dict(request.POST.items()))
        except ValidationError:
            detail = f"Send grant_type={GRANT}, as a form, and nothing overlong."
            return _refusal("invalid_request", detail)
        if asked.grant_type != GRANT:
            return _refusal(
                "unsupported_grant_type", f"The only grant_type here is {GRANT}."
            )
        if asked.resource not in {None, settings.HUB_URL, settings.MCP_URL}:
            return _refusal(
                "invalid_target",
                f"Tokens are given for {settings.HUB_URL} and {settings.MCP_URL}.",
            )
        try:
            may = scopes.asked_for(asked.scope)
        except UnknownScopeError as error:
            return _refusal("invalid_scope", f"The scope {error}.")
        name, secret = _credentials(request, asked)
        named = {"username": name, "password": secret, "scope": scopes.as_text(may)}
        try:
            pair = sign_in(
                request,
                drafting.read(TokenRequest, named),
                roles=SIGNS_IN_BY_SECRET,
                now=timezone.now(),
            )
        except LockedOutError:
            raise
        except (InvalidError, *REFUSALS):
            return _refusal(
                "invalid_client",
                "No service has this address as its client_id and this secret.",
                status=HTTPStatus.UNAUTHORIZED,
            )
        lifetime = api_settings.ACCESS_TOKEN_LIFETIME
        return _uncached(
            Response(
                {
                    "access_token": pair["access"],
                    "token_type": "Bearer",
                    "expires_in": int(lifetime.total_seconds()),
                    "scope": named["scope"],
                }
            )
        )


def _credentials(request: Request, asked: GrantRequest) -> tuple[str, str]:
    """Return the client's name and secret, of the header or of the form."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return asked.client_id or "", asked.client_secret or ""
    try:
        decoded = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, secret = decoded.partition(":")
    return unquote_plus(name), unquote_plus(secret)


def _refusal(
    code: Code, detail: str, *, status: HTTPStatus = HTTPStatus.BAD_REQUEST
) -> Response:
    answer = Response({"error": code, "error_description": detail}, status=status)
    if status is HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Basic realm="oauth"'
    return _uncached(answer)


def _uncached(answer: Response) -> Response:
    answer["Cache-Control"] = "no-store"
    return answer
