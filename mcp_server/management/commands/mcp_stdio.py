"""Serve MCP over standard input and output, as an account that is named."""

from argparse import ArgumentTypeError
from typing import Any

import anyio
from django.core.management.base import BaseCommand, CommandParser
from mcp.server.stdio import stdio_server

from accounts import scopes
from accounts.scopes import Scope, UnknownScopeError
from mcp_server import server
from mcp_server.auth import Named, Who


class Command(BaseCommand):
    """An agent on this machine starts it, and speaks with it."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Say who the agent is."""
        parser.add_argument(
            "--as",
            dest="email",
            required=True,
            metavar="EMAIL",
            help="the account whose rights the agent has",
        )
        parser.add_argument(
            "--on-behalf-of",
            dest="behalf",
            metavar="EMAIL",
            help="the person that a service acts for",
        )
        parser.add_argument(
            "--scope",
            type=_scopes,
            default=scopes.ALL,
            metavar="SCOPES",
            help=f"what the agent may do, with spaces between: {' '.join(Scope)}",
        )

    def handle(self, *, email: str, behalf: str | None, **options: Any) -> None:
        """Serve until the agent hangs up."""
        who = Named(email=email, behalf=behalf, scopes=options["scope"])
        anyio.run(_serve, who)


async def _serve(who: Who) -> None:
    hub = server.make(who)
    async with stdio_server() as (read, write):
        await hub.run(read, write, hub.create_initialization_options())


def _scopes(text: str) -> scopes.Scopes:
    try:
        return scopes.asked_for(text)
    except UnknownScopeError as error:
        raise ArgumentTypeError(str(error)) from None
