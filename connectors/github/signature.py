"""How GitHub signs what it sends.

After https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries.
It signs no time: an old delivery that is sent again brings the same parts again.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.base import Incoming
from connectors.signing import hold_to


def verify(incoming: Incoming, secrets: Sequence[str]) -> None:
    """Hold a delivery to its signature.

    Raises:
        ForgedError: none of the secrets signed it.
    """
    claimed = incoming.headers.get("x-hub-signature-256", "")
    hold_to(claimed, [signature(secret, incoming.body) for secret in secrets])


def signature(secret: str, body: bytes) -> str:
    """Sign a body as GitHub does."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def signed(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    """Return the header that GitHub would send a body with, whenever that is."""
    return {"x-hub-signature-256": signature(secret, body)}
