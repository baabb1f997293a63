"""Who calls: by the token of a request, or as the account that a command names."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import InterfaceError, OperationalError
from django.http.request import validate_host
from django.utils import timezone
from mcp.server.context import ServerRequestContext
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework_simplejwt.tokens import Token
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from accounts import scopes
from accounts.actor import Actor, Channel
from accounts.models import User
from accounts.scopes import Scopes
from accounts.tokens import StampedJWTAuthentication
from audit.trail import UnavailableError
from mcp_server.threads import in_thread
from memories.actors import acting, actor_of
from memories.api import errors as problems
from memories.api.refusals import TooManyRequestsError
from memories.api.throttles import count_call
from memories.errors import ForbiddenError

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

type Call = ServerRequestContext[Any, Any]
type Who = Callable[[Call], Actor]
"""Says who calls."""

_METADATA = "/.well-known/oauth-protected-resource"


class Request(ASGIRequest):
    """An HTTP request as Django knows one, and what the door found out of it."""

    id: str
    auth: Token


class Door:
    """Let in who shows a good token; the others learn where to get one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refusal, or hand the request on with who it comes from."""
        request = Request(scope, BytesIO())
        refusal = await in_thread(partial(_let_in, request))
        if refusal is None:
            scope.setdefault("state", {})["request"] = request
        await (refusal or self.app)(scope, receive, send)


def of_request(call: Call) -> Actor:
    """Return the actor of a request that the door let in.

    Raises:
        ForbiddenError, InvalidError: as `memories.actors.actor_of`.
    """
    request: Request = cast("HTTPConnection", call.request).scope["state"]["request"]
    structlog.contextvars.bind_contextvars(request_id=request.id)
    return _as_client(actor_of(request, Channel.MCP), call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The account that whoever runs the hub has named, looked up with each call."""

    email: str
    behalf: str | None = None
    scopes: Scopes = scopes.ALL

    def __call__(self, call: Call) -> Actor:
        """Return the account as an actor.

        Raises:
            ForbiddenError: there is none, or it was closed.
        """
        active = User.objects.with_roles().filter(is_active=True)
        user = active.filter(pk__in=User.objects.at_address(self.email)).first()
        if user is None:
            msg = f"No active account has the address {self.email}."
            raise ForbiddenError(msg)
        actor = Actor(
            user=user,
            channel=Channel.MCP,
            scopes=self.scopes,
            request_id=str(uuid4()),
        )
        return acting(_as_client(actor, call), behalf=self.behalf)


def protected_resource() -> dict[str, Any]:
    """Return what RFC 9728 has an agent learn about where its tokens come from."""
    return {
        "resource": settings.MCP_URL,
        "resource_name": "Memory Hub",
        "authorization_servers": [settings.HUB_URL],
        "scopes_supported": sorted(scopes.ALL),
        "bearer_methods_supported": ["header"],
    }


def metadata_path() -> str:
    """Return where that is asked for: the well-known name, before the MCP's path."""
    return _METADATA + urlsplit(settings.MCP_URL).path


def _let_in(request: Request) -> Response | None:
    """Authenticate and count a request; returns the refusal, if it is refused."""
    try:
        _check_where_it_is_sent(request)
        request.id = request.headers.get("X-Request-ID") or str(uuid4())
        user: User | None = None
        try:
            shown = StampedJWTAuthentication().authenticate(request)  # type: ignore[arg-type]  # reads the headers alone
            if shown is None:
                raise NotAuthenticated
            holder, request.auth = shown
            user = cast("User", holder)
        finally:
            # Whoever is not let in is counted as well.
            count_call(request, user=user, channel=Channel.MCP, now=timezone.now())
        request.user = user
    except _AT_THE_DOOR as error:
        return _refusal(error)
    return None


def _check_where_it_is_sent(request: Request) -> None:
    """Refuse what a page in somebody's browser was made to send (DNS rebinding).

    Raises:
        DisallowedHost: the host is none of ours, or the request is another page's.
    """
    request.get_host()
    origin = request.headers.get("Origin")
    if origin and not validate_host(
        urlsplit(origin).hostname or "", settings.ALLOWED_HOSTS
    ):
        msg = "The Origin is none of this hub's hosts."
        raise DisallowedHost(msg)


_AT_THE_DOOR = (
    AuthenticationFailed,
    DisallowedHost,
    InterfaceError,
    NotAuthenticated,
    OperationalError,
    TooManyRequestsError,
    UnavailableError,
)


_KEPT = ("Retry-After", "WWW-Authenticate")


def _refusal(error: Exception) -> Response:
    if isinstance(error, DisallowedHost):
        body = problems.document(HTTPStatus.FORBIDDEN, str(error))
        return JSONResponse(body, HTTPStatus.FORBIDDEN, media_type=problems.MEDIA_TYPE)
    problem = problems.problem(error, {})
    assert problem is not None  # noqa: S101 - each of them has one
    headers = {name: problem[name] for name in _KEPT if name in problem}
    if problem.status_code == HTTPStatus.UNAUTHORIZED:
        url = urlsplit(settings.MCP_URL)
        metadata = f"{url.scheme}://{url.netloc}{metadata_path()}"
        failed = isinstance(error, AuthenticationFailed)
        said = 'error="invalid_token", ' if failed else ""
        headers["WWW-Authenticate"] = (
            f'Bearer realm="mcp", {said}resource_metadata="{metadata}", '
            f'scope="{scopes.as_text(scopes.ALL)}"'
        )
    return JSONResponse(
        problem.data,
        problem.status_code,
        headers=headers,
        media_type=problems.MEDIA_TYPE,
    )


def _as_client(actor: Actor, call: Call) -> Actor:
    """Let the audit know the program as it names itself."""
    params = call.session.client_params
    if params is None:
        return actor
    named = f"{params.client_info.name}/{params.client_info.version}"
    return replace(actor, user_agent=f"{named} {actor.user_agent}".strip())
