"""What Celery does for the connectors, each task safe to run twice."""

import time
from typing import Any

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from connectors import catching_up, working
from connectors.asking import BusyError
from connectors.registry import registry
from journal.alarm import Alarm

logger = structlog.get_logger(__name__)

RUN_SECONDS = 10
"""For how long a run keeps other tasks waiting; beat begins the next one."""


@shared_task(name="connectors.work")
def work() -> int:
    """Turn what came in into memories, for a while; returns how many deliveries."""
    count, until = 0, time.monotonic() + RUN_SECONDS
    while time.monotonic() < until and working.work(now=timezone.now()):
        count += 1
    while time.monotonic() < until and working.spread(now=timezone.now()):
        pass
    return count


@shared_task(name="connectors.reconcile")
def reconcile() -> int:
    """Get from the tools' APIs what they did not deliver; returns how many parts."""
    count = 0
    for name, connector in registry().items():
        if not settings.CONNECTOR_APIS[name]["token"]:
            continue
        try:
            count += catching_up.reconcile(connector, now=timezone.now())
        except BusyError as error:
            logger.warning("reconcile_cut_short", connector=name, why=str(error))
        except Exception:
            # The other tools' turn comes all the same, and this one's tomorrow.
            logger.exception("reconcile_failed", connector=name)
    return count


@shared_task(name="connectors.tidy")
def tidy() -> int:
    """Drop deliveries that were kept long enough; returns how many."""
    return working.discard_old(now=timezone.now())


alarm = Alarm(work)


def wake(**_: Any) -> None:
    """Have somebody look at what came in."""
    alarm.ring()
