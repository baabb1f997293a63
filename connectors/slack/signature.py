"""How Slack signs what it sends.

After https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.base import ForgedError, Incoming
from connectors.signing import hold_to

FRESH_SECONDS = 300
"""How far Slack's clock and ours may be apart, and how old a delivery may be."""

_SECONDS = re.compile(r"[0-9]{1,12}")


def verify(incoming: Incoming, secrets: Sequence[str]) -> None:
    """Hold a delivery to its signature.

    Raises:
        ForgedError: none of the secrets signed it, or not within five minutes.
    """
    sent_at = incoming.headers.get("x-slack-request-timestamp", "")
    if not _SECONDS.fullmatch(sent_at):
        msg = "it has no time that was signed"
        raise ForgedError(msg)
    age = incoming.received_at.timestamp() - int(sent_at)
    if abs(age) > FRESH_SECONDS:
        msg = f"it was signed {age:.0f} seconds ago"
        raise ForgedError(msg)
    claimed = incoming.headers.get("x-slack-signature", "")
    hold_to(claimed, [signature(secret, sent_at, incoming.body) for secret in secrets])


def signature(secret: str, sent_at: str, body: bytes) -> str:
    """Sign a body as Slack does; `sent_at` is in seconds since 1970."""
    signed = b"v0:%s:%s" % (sent_at.encode(), body)
    return f"v0={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def signed(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    """Return the headers that Slack would send a body with."""
    sent_at = str(int(at.timestamp()))
    return {
        "x-slack-request-timestamp": sent_at,
        "x-slack-signature": signature(secret, sent_at, body),
    }
