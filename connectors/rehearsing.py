"""Trying a connector: a sample takes the way of a delivery, and becomes no memory."""

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from connectors import sealed
from connectors.base import Connector, Incoming, Reading
from connectors.models import Delivery
from connectors.payload import parsed
from connectors.people import People
from connectors.receiving import NoSecretError
from connectors.rules import rules_of
from connectors.signals import received
from memories.schemas.draft import Draft
from memories.schemas.registry import registry


def rehearse(connector: Connector[Any], *, url: str, now: datetime) -> Delivery:
    """Keep a sample as if it had come in at a URL; a worker says what it would become.

    It is signed and verified where we hold what the vendor signs with.

    Raises:
        NoSecretError: the connector has not been set up.
        ForgedError: what it signs with is not what it verifies with.
    """
    secrets = settings.CONNECTOR_SECRETS[connector.name]
    if not secrets:
        raise NoSecretError
    sample = connector.sample(now)
    body = json.dumps(sample.payload).encode()
    signature = connector.signed(body, secrets[0], now) if connector.signed else {}
    headers = {**sample.headers, **signature}
    incoming = Incoming(headers=headers, body=body, url=url, received_at=now)
    if connector.signed:
        connector.verify(incoming, secrets)
    delivery = Delivery.objects.create(
        connector=connector.name,
        delivery_id=f"test-{uuid4()}",
        event=connector.label_of(incoming, parsed(body)).event,
        is_test=True,
        sealed_body=sealed.seal(body),
        size=len(body),
        received_at=now,
        due_at=now,
    )
    transaction.on_commit(lambda: received.send(sender=Delivery))
    return delivery


def foretold(connector: Connector[Any], reading: Reading, people: People) -> str:
    """Say what memories a reading would become."""
    things: dict[str, dict[str, Any]] = {}
    for part in reading.parts:
        if part.data is not None:
            things.setdefault(part.thing, {})[part.key] = part.data
    drafts = [
        telling.draft
        for thing, parts in things.items()
        for telling in connector.tell(thing, parts, people, rules_of(connector))
    ]
    told = "; ".join(f"the {draft.type} “{_title(draft)}”" for draft in drafts)
    return f"A test: it would become {told or 'nothing'}."


def _title(draft: Draft) -> str:
    content = registry().latest(draft.type).parse(draft.content)
    return draft.title or content.default_title()
