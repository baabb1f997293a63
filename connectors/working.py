"""Deliveries become memories: parts are kept by revision, and things told anew.

A delivery is one transaction. Whatever kills the worker takes it back, and the next one
finds it as it came in. So is telling one thing anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import QuerySet
from pydantic import ValidationError

from accounts.actor import Actor, Channel, hub
from audit import trail
from connectors import sealed
from connectors.base import Connector, Part, Reading, UnreadableError
from connectors.models import UNHEARD, Backfill, Delivery, News, Thing
from connectors.models import Part as KeptPart
from connectors.payload import parsed, what_is_wrong
from connectors.people import People, meet
from connectors.registry import registry
from connectors.rehearsing import foretold
from connectors.rules import rules_of
from connectors.telling import tell
from horizon.fields import CurrentTransactionId
from horizon.order import settled
from memories.errors import HubError

logger = structlog.get_logger(__name__)

_WORKED_ON = (
    *("state", "reason", "attempts", "memory_ids"),
    *("due_at", "finished_at"),
)

ATTEMPTS = 8
"""How often a delivery is tried that fails for no fault of its own."""


def work(*, now: datetime) -> bool:
    """Work on the next delivery that nobody else works on; return whether one was.

    An attempt is counted before it is made: what ends its worker keeps no other
    waiting, and is given up like any that fails.
    """
    claimed = _claim(now)
    if claimed is None:
        return False
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update()
            .filter(pk=claimed.pk, attempts=claimed.attempts)
            .filter(state=Delivery.State.RECEIVED)
            .first()
        )
        if delivery is not None:
            _work_on(delivery, now)
    return True


def spread(*, now: datetime) -> bool:
    """Tell one thing anew that awaited what became known; return whether one was due.

    News is heard first, by a transaction after the one that brought it. Once that one
    is settled, whoever looked in vain before the news was there has said so.
    """
    News.objects.filter(xid=UNHEARD).update(xid=CurrentTransactionId())
    with transaction.atomic():
        heard = News.objects.select_for_update(skip_locked=True).filter(settled())
        news = heard.order_by("id").first()
        if news is None:
            return False
        if not news.past:
            same = heard.filter(topic=news.topic, past=0).exclude(pk=news.pk)
            News.objects.filter(pk__in=[one.pk for one in same]).delete()
        awaiting = Thing.objects.filter(awaits__contains=[news.topic])
        further = awaiting.filter(pk__gt=news.past).order_by("pk")
        thing = further.select_for_update().first()
        if thing is None:
            news.delete()
            return True
        try_to_tell(thing, actor=hub(Channel.TASK), now=now)
        news.past = thing.pk
        news.save(update_fields=["past"])
        return True


def replay(deliveries: QuerySet[Delivery], *, now: datetime) -> int:
    """Have deliveries worked on again, as if they had just come; return how many."""
    return deliveries.update(
        state=Delivery.State.RECEIVED,
        reason="",
        attempts=0,
        due_at=now,
        finished_at=None,
    )


def discard_old(*, now: datetime) -> int:
    """Drop old deliveries and backfills; return how many deliveries."""
    over = now - timedelta(days=settings.DELIVERY_DAYS)
    Backfill.objects.filter(started_at__lt=over).delete()
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


def try_to_tell(thing: Thing, *, actor: Actor, now: datetime) -> None:
    """Tell a thing, and let others go on whatever is wrong with it.

    Raises:
        OperationalError, trail.UnavailableError: the database is not there or takes no
            record, which is wrong with all of them.
    """
    try:
        with transaction.atomic():
            tell(thing, actor=actor, now=now)
    except (OperationalError, trail.UnavailableError):
        raise
    except Exception:
        # Any fault of one thing's own: the things beside it are told all the same.
        logger.exception("telling_failed", thing=str(thing))


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


def _claim(now: datetime) -> Delivery | None:
    """Count an attempt at the next delivery; the next one is due in a while."""
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True)
            .defer("sealed_body")
            .filter(
                state=Delivery.State.RECEIVED,
                due_at__lte=now,
                connector__in=registry().keys(),
            )
            .order_by("due_at", "id")
            .first()
        )
        if delivery is None:
            return None
        if delivery.attempts >= ATTEMPTS:
            delivery.state, delivery.finished_at = Delivery.State.FAILED, now
            delivery.reason = f"Each of {ATTEMPTS} workers was ended by it."
        else:
            delivery.attempts += 1
            delivery.due_at = now + timedelta(seconds=2**delivery.attempts)
        delivery.save(update_fields=_WORKED_ON)
        return delivery


def _work_on(delivery: Delivery, now: datetime) -> None:
    """Take one delivery as far as it goes, whatever is wrong with it."""
    connector = registry()[delivery.connector]
    actor = hub(Channel.WEBHOOK)
    try:
        with transaction.atomic():
            payload = parsed(sealed.opened(bytes(delivery.sealed_body)))
            people = People(connector.name)
            reading = connector.read(
                delivery.event, payload, people, rules_of(connector)
            )
            if delivery.is_test:
                foreseen = foretold(connector, reading, people)
            else:
                foreseen = ""
                delivery.memory_ids = take_in(connector, reading, actor=actor, now=now)
        delivery.state, delivery.reason = _state_of(reading)
        delivery.reason = delivery.reason or foreseen
    except (DatabaseError, trail.UnavailableError) as error:
        _again(delivery, error, now)
    except ValidationError as error:
        delivery.state, delivery.reason = Delivery.State.FAILED, what_is_wrong(error)
    except (UnreadableError, sealed.UnopenedError, HubError) as error:
        delivery.state, delivery.reason = Delivery.State.FAILED, str(error)
    except Exception as error:
        # Its message may have something of the body, which is kept sealed alone.
        logger.exception("delivery_failed", delivery=delivery.pk)
        delivery.state = Delivery.State.FAILED
        delivery.reason = f"{type(error).__name__}; the log has more."
    if delivery.state != Delivery.State.RECEIVED:
        delivery.finished_at = now
    delivery.save(update_fields=_WORKED_ON)


def _again(delivery: Delivery, error: Exception, now: datetime) -> None:
    """Try again later, each time after twice as long."""
    # The database's own words may have something of what was to be stored.
    logger.warning("delivery_again", delivery=delivery.pk, error=type(error).__name__)
    delivery.reason = f"{type(error).__name__}; the log has more."
    if delivery.attempts >= ATTEMPTS:
        delivery.state = Delivery.State.FAILED
        return
    delivery.due_at = now + timedelta(seconds=2**delivery.attempts)


def _state_of(reading: Reading) -> tuple[str, str]:
    if reading.ignored:
        return Delivery.State.IGNORED, reading.ignored
    return Delivery.State.DONE, ""
