"""MCP over streamable HTTP: one path behind the door, and two that need no token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from django.conf import settings
from mcp.server.streamable_http_manager import (
    StreamableHTTPASGIApp,
    StreamableHTTPSessionManager,
)
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from mcp_server import server
from mcp_server.auth import Door, metadata_path, of_request, protected_resource


def application() -> Starlette:
    """Make the ASGI application.

    It keeps no session: any process may answer any request. So there is nothing for
    a GET to listen to, and nothing for a DELETE to end.
    """
    manager = StreamableHTTPSessionManager(
        server.make(of_request),
        stateless=True,
        json_response=True,
        # The door looks at Host and Origin, by the same ALLOWED_HOSTS as the web.
        security_settings=TransportSecuritySettings(
            enable_dns_rebinding_protection=False
        ),
        max_request_body_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    door = Door(StreamableHTTPASGIApp(manager))
    return Starlette(
        routes=[
            Route(urlsplit(settings.MCP_URL).path or "/", door, methods=["POST"]),
            Route(metadata_path(), _metadata),
            Route("/healthz", _alive),
        ],
        lifespan=lifespan,
    )


async def _metadata(_: Request) -> JSONResponse:
    return JSONResponse(protected_resource())


async def _alive(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")
