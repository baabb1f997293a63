"""Deliveries through the real endpoint, signed as GitHub does."""

from typing import Any
from uuid import uuid4

from connectors.github.signature import signature
from tests.connectors.delivering import post
from tests.connectors.github.payloads import as_json

SECRET = "It's a Secret to Everybody"
PATH = "/webhooks/github"


def event_of(payload: dict[str, Any]) -> str:
    """Return what GitHub's header calls a payload."""
    for key in ("review", "comment", "thread"):
        if key in payload:
            return f"pull_request_review{'' if key == 'review' else '_' + key}"
    return "ping" if "zen" in payload else "pull_request"


def signed(body: bytes, event: str, *, id_: str = "") -> dict[str, str]:
    """Return the headers of a delivery."""
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": id_ or str(uuid4()),
        "X-Hub-Signature-256": signature(SECRET, body),
    }


def send(payload: dict[str, Any], *, event: str = "", id_: str = "") -> Any:
    """Deliver a payload, by default under the name that it has."""
    body = as_json(payload)
    return post(body, signed(body, event or event_of(payload), id_=id_), PATH)


def deliver(*payloads: dict[str, Any]) -> None:
    """Deliver events one after the other, and see that each is taken."""
    for payload in payloads:
        assert send(payload).status_code == 200
