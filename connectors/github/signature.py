"""How GitHub signs what it sends.

After https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries.
It signs no time: an old delivery that is sent again brings the same parts again.
"""

import hashlib
import hmac
from collections.abc import Sequence

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
