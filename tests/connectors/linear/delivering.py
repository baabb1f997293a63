"""Deliveries through the real endpoint, signed as Linear does."""

import hashlib
from typing import Any

from django.utils import timezone

from connectors.linear.signature import signature
from tests.connectors import delivering
from tests.connectors.linear.payloads import sent

SECRET = "lin_wh_8f742231b10e8888abcd99yyyzzz85a5"
PATH = "/webhooks/linear"


def signed(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a delivery."""
    return {
        "Linear-Signature": signature(secret, body),
        "Linear-Delivery": hashlib.sha256(body).hexdigest()[:32],
        "Linear-Event": "Issue",
    }


def post(body: bytes, headers: dict[str, str] | None = None) -> Any:
    """Post a body, by default with a good signature."""
    headers = signed(body) if headers is None else headers
    return delivering.post(body, headers, path=PATH)


def deliver(*payloads: dict[str, Any]) -> None:
    """Deliver changes one after the other, and see that each is taken."""
    for payload in payloads:
        assert post(sent(payload, timezone.now())).status_code == 200
