"""A delivery comes in: verified, kept as it is, and answered at once."""

from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from prometheus_client import Counter

from accounts.actor import Stranger
from audit import trail
from connectors import sealed
from connectors.base import Connector, ForgedError, Incoming, Label, UnreadableError
from connectors.models import Delivery
from connectors.payload import digest_of, parsed
from connectors.signals import received

logger = structlog.get_logger(__name__)

FORGED = Counter(
    "hub_deliveries_refused",
    "Deliveries without a good signature, since this process began",
    ["connector"],
)


class NoSecretError(Exception):
    """The connector's secret is not set, so nothing can be known to be genuine."""


def receive(connector: Connector[Any], incoming: Incoming, *, by: Stranger) -> Label:
    """Keep a delivery, once however often it is sent; return what it is.

    Raises:
        NoSecretError: the connector has not been set up.
        ForgedError: its vendor did not sign it; that is counted and on record.
        trail.UnavailableError: the refusal could not be recorded.
    """
    secrets = settings.CONNECTOR_SECRETS[connector.name]
    if not secrets:
        logger.error("connector_without_secret", connector=connector.name)
        raise NoSecretError
    try:
        connector.verify(incoming, secrets)
    except ForgedError as error:
        _refuse(connector, incoming, by, str(error))
        raise
    label, reason = _labelled(connector, incoming)
    if not label.answer:
        _keep(connector, incoming, label, reason)
    return label


def _labelled(connector: Connector[Any], incoming: Incoming) -> tuple[Label, str]:
    """Return what a delivery is, or why nobody can know; it is kept all the same."""
    try:
        return connector.label_of(incoming, parsed(incoming.body)), ""
    except UnreadableError as error:
        return Label(id=digest_of(incoming.body), event=""), str(error)


def _keep(
    connector: Connector[Any], incoming: Incoming, label: Label, reason: str
) -> None:
    """Insert what is not there yet, and wake who works on it."""
    now = incoming.received_at
    with transaction.atomic():
        Delivery.objects.bulk_create(
            [
                Delivery(
                    connector=connector.name,
                    delivery_id=label.id[:200],
                    event=label.event[:100],
                    state=Delivery.State.FAILED if reason else Delivery.State.RECEIVED,
                    reason=reason,
                    sealed_body=sealed.seal(incoming.body),
                    size=len(incoming.body),
                    received_at=now,
                    finished_at=now if reason else None,
                    due_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        transaction.on_commit(lambda: received.send(sender=Delivery))


def _refuse(
    connector: Connector[Any], incoming: Incoming, by: Stranger, why: str
) -> None:
    FORGED.labels(connector.name).inc()
    logger.warning("delivery_forged", connector=connector.name, why=why)
    trail.record(
        trail.Access(
            accessor=by,
            action="deliver",
            at=incoming.received_at,
            refusal="forged",
            about=connector.name,
        )
    )
