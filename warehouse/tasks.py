"""The flush and the audit's shipping as Celery tasks, and the flush's alarm clock."""

from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from journal.alarm import Alarm
from warehouse import flush as flushing
from warehouse import shipping, snowflake

logger = structlog.get_logger(__name__)


@shared_task(name="warehouse.flush")
def flush() -> int:
    """Flush the journal into Snowflake; returns how many entries went."""
    if not snowflake.is_configured():
        return 0
    try:
        count = flushing.flush(sink=snowflake.merge, now=timezone.now)
    except snowflake.UnreachableError as error:
        # The entries stay in the journal, and beat tries again in a few seconds.
        logger.warning("snowflake_unreachable", error=str(error))
        return 0
    if count:
        logger.info("flushed", entries=count)
    return count


@shared_task(name="warehouse.ship_audit")
def ship_audit() -> int:
    """Ship the audit into Snowflake; returns how many records went."""
    if not snowflake.is_configured():
        return 0
    try:
        return shipping.ship(now=timezone.now)
    except snowflake.UnreachableError as error:
        # The records stay where they are, and beat tries again in a few seconds.
        logger.warning("snowflake_unreachable", error=str(error))
        return 0


alarm = Alarm(flush)


def wake(**_: Any) -> None:
    """Ring the alarm when the journal has grown."""
    alarm.ring()
