"""MCP as it is served, and an AI agent's side of it: the official SDK's client.

Its event loop runs in a thread of its own: a browser's may run in the test's.
"""

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import uvicorn
from anyio.from_thread import start_blocking_portal
from django.utils import timezone
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Implementation
from pytest_django import Settings
from starlette.types import ASGIApp

from accounts import scopes, tokens
from accounts.models import User
from accounts.scopes import Scopes
from mcp_server import http
from memories.actors import BEHALF_HEADER
from memoryhub.embedded.processes import free_port
from tests.embedded.waiting import wait_until

VERSIONS = {"2025-11-25": "legacy", "2026-07-28": "auto"}
"""How the client is told to speak the version before the present one, and that."""

NAME = Implementation(name="test-agent", version="1.2.3")


@contextmanager
def serving(
    settings: Settings, wrap: Callable[[ASGIApp], ASGIApp] = lambda app: app
) -> Iterator[str]:
    """Serve MCP from a thread of the test's process; returns its address."""
    port = free_port()
    settings.MCP_URL = f"http://127.0.0.1:{port}/mcp"
    config = uvicorn.Config(wrap(http.application()), port=port, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        yield settings.MCP_URL
    finally:
        server.should_exit = True
        thread.join()


@dataclass
class Agent:
    """A program that speaks to the hub's MCP for somebody."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    version: str = "2026-07-28"

    def does[T](self, work: Callable[[Client], Awaitable[T]]) -> T:
        """Connect, do something, and hang up."""

        async def run() -> T:
            async with (
                httpx2.AsyncClient(headers=self.headers, timeout=30) as http,
                Client(
                    streamable_http_client(self.url, http_client=http),
                    mode=VERSIONS[self.version],
                    client_info=NAME,
                ) as client,
            ):
                return await work(client)

        with start_blocking_portal() as portal:
            return portal.call(run)

    def is_refused(self, work: Callable[[Client], Awaitable[object]]) -> str:
        """Do something that the protocol has an error for; returns what that says."""

        async def refused(client: Client) -> str:
            try:
                await work(client)
            except MCPError as error:
                return error.message
            raise AssertionError

        return self.does(refused)

    def call(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool."""
        return self.does(lambda client: client.call_tool(tool, arguments))

    def answer(self, tool: str, **arguments: Any) -> Any:
        """Call a tool that must work; returns its structured answer."""
        result = self.call(tool, **arguments)
        assert not result.is_error, said(result)
        return result.structured_content

    def refusal(self, tool: str, **arguments: Any) -> str:
        """Call a tool that must refuse; returns what it says."""
        result = self.call(tool, **arguments)
        assert result.is_error, said(result)
        return said(result)


def said(result: CallToolResult) -> str:
    """Return a result's words."""
    return "\n".join(str(getattr(part, "text", "")) for part in result.content)


def bearer(user: User, *, may: Scopes = scopes.ALL, behalf: str = "") -> dict[str, str]:
    """Return the headers of somebody who has signed in."""
    pair = tokens.sign_in(user=user, may=may, now=timezone.now())
    header = {BEHALF_HEADER: behalf} if behalf else {}
    return {"Authorization": f"Bearer {pair['access']}", **header}
