"""A delivery's body as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from connectors.base import UnreadableError


def parsed(body: bytes) -> Mapping[str, Any]:
    """Read a body.

    Raises:
        UnreadableError: it is not a JSON object.
    """
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        msg = f"The body is not JSON: {error}"
        raise UnreadableError(msg) from None
    if not isinstance(payload, dict):
        msg = f"The body is JSON, but no object: {type(payload).__name__}"
        raise UnreadableError(msg)
    return payload
