"""How Linear signs what it sends.

After https://linear.app/developers/webhooks#securing-webhooks.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings

from connectors.base import ForgedError, Incoming, UnreadableError
from connectors.payload import parsed
from connectors.signing import hold_to


def verify(incoming: Incoming, secrets: Sequence[str]) -> None:
    """Hold a delivery to its signature, and to the time that was signed with it.

    Raises:
        ForgedError: none of the secrets signed it, or not within
            LINEAR_FRESH_SECONDS.
    """
    claimed = incoming.headers.get("linear-signature", "")
    hold_to(claimed, [signature(secret, incoming.body) for secret in secrets])
    _be_fresh(incoming)


def signature(secret: str, body: bytes) -> str:
    """Sign a body as Linear does."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    """Return the header that Linear would send a body with, whenever that is."""
    return {"linear-signature": signature(secret, body)}


def _be_fresh(incoming: Incoming) -> None:
    try:
        sent_at = parsed(incoming.body).get("webhookTimestamp")
    except UnreadableError:
        # Linear signed it, and whoever sends it again does nothing: it is kept as
        # unreadable, once.
        return
    if isinstance(sent_at, bool) or not isinstance(sent_at, int):
        msg = "it has no time that was signed"
        raise ForgedError(msg)
    age = int(incoming.received_at.timestamp() * 1000) - sent_at
    if abs(age) > settings.LINEAR_FRESH_SECONDS * 1000:
        msg = "it was not signed just now"
        raise ForgedError(msg)
