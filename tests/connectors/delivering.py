"""Deliveries through the real endpoint, signed as Slack does."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from connectors import sealed, working
from connectors.models import Delivery
from connectors.slack.signature import signature
from tests.connectors.slack.payloads import as_json
from tests.factories import NOW
from tests.sessions import settle

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PATH = "/webhooks/slack"


def signed(
    body: bytes, *, secret: str = SECRET, at: datetime | None = None
) -> dict[str, str]:
    """Return the headers of a delivery that was sent at a time, or just now."""
    sent_at = str(int((at or timezone.now()).timestamp()))
    return {
        "X-Slack-Request-Timestamp": sent_at,
        "X-Slack-Signature": signature(secret, sent_at, body),
    }


def post(body: bytes, headers: dict[str, str] | None = None, path: str = PATH) -> Any:
    """Post a body, by default with a good signature."""
    client = Client(raise_request_exception=False)
    return client.post(
        path,
        body,
        content_type="application/json",
        headers=signed(body) if headers is None else headers,
    )


def deliver(*payloads: dict[str, Any]) -> None:
    """Deliver events one after the other, and see that each is taken."""
    for payload in payloads:
        assert post(as_json(payload)).status_code == 200


def make_delivery(body: bytes = b"{}", **fields: Any) -> Delivery:
    """Return a delivery as it came in, by default one that failed."""
    return Delivery.objects.create(
        **{
            "connector": "slack",
            "delivery_id": str(uuid4()),
            "event": "message",
            "state": Delivery.State.FAILED,
            "sealed_body": sealed.seal(body),
            "size": len(body),
            "received_at": NOW,
            "due_at": NOW,
        }
        | fields
    )


def work() -> None:
    """Turn what came in into memories, as the worker does."""
    while working.work(now=timezone.now()):
        pass


def spread() -> None:
    """Tell anew what awaited news, as the worker does in a while."""
    settle()
    while working.spread(now=timezone.now()):
        settle()
