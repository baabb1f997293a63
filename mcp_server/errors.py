"""The one place where an error becomes an answer that a model can act on."""

from collections.abc import Iterable
from typing import NoReturn

import structlog
from django.db import InterfaceError, OperationalError
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolResult,
    TextContent,
)

from audit.trail import UnavailableError
from memories.api.errors import NO_DATABASE
from memories.errors import HubError, InvalidError

logger = structlog.get_logger(__name__)

ANTICIPATED = (HubError, UnavailableError, OperationalError, InterfaceError)


def result(error: Exception) -> CallToolResult:
    """Return a tool's refusal, for the model to read."""
    return CallToolResult(
        content=[TextContent(text=_said(error))],
        is_error=True,
    )


def refuse(error: Exception, about: object = None) -> NoReturn:
    """Refuse a resource or a prompt, for which the protocol has codes.

    Raises:
        MCPError: always.
    """
    code = INVALID_PARAMS if isinstance(error, HubError) else INTERNAL_ERROR
    raise MCPError(code, _said(error), about) from error


def unknown(
    what: str, name: str, known: Iterable[str], *, about: object = None
) -> NoReturn:
    """Refuse what there is not, and say what there is.

    Raises:
        MCPError: always.
    """
    message = f"There is no {what} {name}; there are: {', '.join(known)}."
    raise MCPError(INVALID_PARAMS, message, about)


def fail(error: Exception) -> NoReturn:
    """Say that the hub failed, and no more: the log has the rest.

    Raises:
        MCPError: always.
    """
    logger.error("mcp_failed", exc_info=error)
    message = "The hub failed to do this. Its log says why."
    raise MCPError(INTERNAL_ERROR, message) from error


def _said(error: Exception) -> str:
    if isinstance(error, InvalidError):
        faults = [f"- {each.pointer or '/'}: {each.detail}" for each in error.faults]
        return "\n".join(["Mend these fields and call again:", *faults])
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("database_unavailable", exc_info=error)
        return NO_DATABASE
    return str(error)
