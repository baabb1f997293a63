"""Deliveries become memories: parts are kept by revision, and things told anew.

A batch is one transaction. Whatever kills the worker takes back all of the batch, and
the next one finds it as it came in.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from pydantic import ValidationError

from accounts.actor import Actor, Channel, hub
from connectors import sealed
from connectors.base import Connector, Part, Reading, UnreadableError
from connectors.models import Delivery, News, Thing
from connectors.models import Part as KeptPart
from connectors.payload import parsed
from connectors.people import People, meet
from connectors.registry import registry
from connectors.rules import rules_of
from connectors.telling import tell
from horizon.order import settled
from memories.errors import HubError

logger = structlog.get_logger(__name__)

BATCH = 20
ATTEMPTS = 8
"""How often a delivery is tried that fails for no fault of its own."""


def work(*, now: datetime) -> int:
    """Work on the next deliveries, none of which anybody else has; return how many."""
    with transaction.atomic():
        batch = list(
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(state=Delivery.State.RECEIVED, due_at__lte=now)
            .order_by("id")[:BATCH]
        )
        for delivery in batch:
            _work_on(delivery, now)
        return len(batch)


def spread(*, now: datetime) -> int:
    """Tell anew what awaited something that became known; return how many things."""
    with transaction.atomic():
        # Settled: whoever looked for it before it was there has said so by now.
        news = list(
            News.objects.select_for_update(skip_locked=True)
            .filter(settled())
            .order_by("id")[:BATCH]
        )
        awaiting = Thing.objects.filter(awaits__overlap=[one.topic for one in news])
        things = awaiting.order_by("connector", "name").select_for_update()
        told = [tell(thing, actor=hub(Channel.TASK), now=now) for thing in things]
        News.objects.filter(pk__in=[one.pk for one in news]).delete()
        return len(told)


def discard_old(*, now: datetime) -> int:
    """Drop deliveries that were kept for long enough; return how many."""
    over = now - timedelta(days=settings.DELIVERY_DAYS)
    old = Delivery.objects.filter(received_at__lt=over)
    count, _ = old.exclude(state=Delivery.State.RECEIVED).delete()
    return count


def take_in(
    connector: Connector[Any], reading: Reading, *, actor: Actor, now: datetime
) -> list[UUID]:
    """Keep what was read, and tell its things anew; return the memories it changed.

    Also where no part is news: a replay follows what an admin decided meanwhile.
    """
    meet(connector.name, reading.people)
    return [
        memory_id
        for thing in keep(connector.name, reading.parts)
        for memory_id in tell(thing, actor=actor, now=now)
    ]


def keep(name: str, parts: Iterable[Part]) -> Sequence[Thing]:
    """Keep each part that is newer than what is there; return their things, locked."""
    newest: dict[tuple[str, str], Part] = {}
    for part in sorted(parts, key=lambda part: part.revision):
        newest[part.thing, part.key] = part
    things = _locked(name, newest.values())
    revisions = {
        (thing_id, key): revision
        for thing_id, key, revision in KeptPart.objects.filter(
            thing__in=things.values()
        ).values_list("thing_id", "key", "revision")
    }
    KeptPart.objects.bulk_create(
        [
            KeptPart(
                thing=things[part.thing],
                key=part.key,
                revision=part.revision,
                data=part.data,
                people=list(part.people),
            )
            for part in newest.values()
            if revisions.get((things[part.thing].pk, part.key), "") < part.revision
        ],
        update_conflicts=True,
        unique_fields=["thing", "key"],
        update_fields=["revision", "data", "people"],
    )
    return list(things.values())


def _locked(name: str, parts: Iterable[Part]) -> Mapping[str, Thing]:
    """Lock the things of some parts in one order, made where they are missing."""
    groups = {part.thing: "" for part in parts}
    groups |= {part.thing: part.group for part in parts if part.group}
    Thing.objects.bulk_create(
        [
            Thing(connector=name, name=thing, group=group)
            for thing, group in sorted(groups.items())
        ],
        ignore_conflicts=True,
    )
    there = Thing.objects.filter(connector=name, name__in=groups).order_by("name")
    things = {thing.name: thing for thing in there.select_for_update()}
    for thing in things.values():
        if groups[thing.name] not in {"", thing.group}:
            thing.group = groups[thing.name]
            thing.save(update_fields=["group"])
    return things


def _work_on(delivery: Delivery, now: datetime) -> None:
    """Take one delivery as far as it goes, whatever is wrong with it."""
    connector = registry()[delivery.connector]
    actor = hub(Channel.WEBHOOK)
    delivery.attempts += 1
    try:
        with transaction.atomic():
            payload = parsed(sealed.opened(bytes(delivery.sealed_body)))
            reading = connector.read(
                delivery.event,
                payload,
                People(connector.name),
                rules_of(connector),
            )
            delivery.memory_ids = take_in(connector, reading, actor=actor, now=now)
        delivery.state, delivery.reason = _state_of(reading)
    except DatabaseError as error:
        _again(delivery, error, now)
    except (UnreadableError, sealed.UnopenedError, HubError, ValidationError) as error:
        delivery.state, delivery.reason = Delivery.State.FAILED, str(error)
    except Exception as error:
        logger.exception("delivery_failed", delivery=delivery.pk)
        delivery.state = Delivery.State.FAILED
        delivery.reason = f"{type(error).__name__}: {error}"
    if delivery.state != Delivery.State.RECEIVED:
        delivery.finished_at = now
    delivery.save()


def _again(delivery: Delivery, error: DatabaseError, now: datetime) -> None:
    """Try again later, each time after twice as long."""
    delivery.reason = str(error).strip()
    if delivery.attempts >= ATTEMPTS:
        delivery.state = Delivery.State.FAILED
        return
    delivery.due_at = now + timedelta(seconds=2**delivery.attempts)
    logger.warning("delivery_again", delivery=delivery.pk, error=delivery.reason)


def _state_of(reading: Reading) -> tuple[str, str]:
    if reading.ignored:
        return Delivery.State.IGNORED, reading.ignored
    return Delivery.State.DONE, ""
