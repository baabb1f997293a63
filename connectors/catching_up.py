"""What deliveries missed, got from a tool's API a page at a time.

A page and the cursor behind it are one transaction: whatever ends it, the next one goes
on where the last page that was taken in ended.
"""

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.actor import Actor, Channel, hub
from connectors.base import Connector, Page, Span
from connectors.models import Backfill
from connectors.people import meet
from connectors.rules import rules_of
from connectors.working import keep, try_to_tell

RECONCILED = timedelta(hours=48)
"""How much of the past is looked at each night."""


def begin(
    name: str, *, since: datetime, until: datetime | None, now: datetime
) -> Backfill:
    """Return the unfinished backfill of a span, or a new one; until now if not said."""
    unfinished = Backfill.objects.filter(
        connector=name, since=since, finished_at=None
    ).order_by("-id")
    if until is not None:
        unfinished = unfinished.filter(until=until)
    return unfinished.first() or Backfill.objects.create(
        connector=name, since=since, until=until or now, started_at=now
    )


def go_on(
    connector: Connector[Any], backfill: Backfill, *, actor: Actor, now: datetime
) -> Generator[Page]:
    """Take in what is left, and yield each page when it is safe.

    Raises:
        Exception: as the tool's client does; run it again to go on.
    """
    span = Span(since=backfill.since, until=backfill.until, cursor=backfill.cursor)
    for page in connector.history(span, rules_of(connector)):
        with transaction.atomic():
            meet(connector.name, page.people)
            for thing in keep(connector.name, page.parts):
                try_to_tell(thing, actor=actor, now=now)
            backfill.cursor, backfill.done = page.cursor, page.done
            backfill.finished_at = None if page.cursor else now
            backfill.save(update_fields=["cursor", "done", "finished_at"])
        yield page


def reconcile(connector: Connector[Any], *, now: datetime) -> int:
    """Take in what the deliveries of the last days missed; return how many parts.

    What an earlier night did not finish comes first, from where that ended.

    Raises:
        BusyError: the tool wants to be left alone; the next night goes on from here.
        Exception: as the tool's client does.
    """
    nights = [
        *_unfinished_nights(connector.name, now),
        begin(connector.name, since=now - RECONCILED, until=now, now=now),
    ]
    return sum(
        len(page.parts)
        for night in nights
        for page in go_on(connector, night, actor=hub(Channel.TASK), now=now)
    )


def _unfinished_nights(name: str, now: datetime) -> QuerySet[Backfill]:
    """Return those of the last two days, the oldest first: older ones are given up."""
    return Backfill.objects.filter(
        connector=name,
        finished_at=None,
        since=F("until") - RECONCILED,
        until__gt=now - RECONCILED,
    ).order_by("id")
