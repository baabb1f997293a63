"""What Celery does for the connectors, each task safe to run twice."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from connectors import working
from journal.alarm import Alarm


@shared_task(name="connectors.work")
def work() -> int:
    """Turn what came in into memories; returns how many deliveries."""
    count = 0
    while done := working.work(now=timezone.now()):
        count += done
    while working.spread(now=timezone.now()):
        pass
    return count


@shared_task(name="connectors.tidy")
def tidy() -> int:
    """Drop deliveries that were kept long enough; returns how many."""
    return working.discard_old(now=timezone.now())


alarm = Alarm(work)


def wake(**_: Any) -> None:
    """Have somebody look at what came in."""
    alarm.ring()
