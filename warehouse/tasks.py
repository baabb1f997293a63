"""The flush and the audit's shipping as Celery tasks, and the flush's alarm clock."""

import time
from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone
from kombu import Producer
from kombu.exceptions import OperationalError

from warehouse import flush as flushing
from warehouse import shipping, snowflake

logger = structlog.get_logger(__name__)

WAKE_SECONDS = 1.0
DEAF_SECONDS = 30.0
QUICKLY = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}


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


class _Alarm:
    """Wake the flush at most once a second a process, however much is written."""

    asleep_until = 0.0

    def ring(self) -> None:
        """Ask for a flush a second from now, which also takes what comes till then."""
        if time.monotonic() < self.asleep_until:
            return
        self.asleep_until = time.monotonic() + WAKE_SECONDS
        # A connection of its own: the worker's waits seconds for a broker that hangs,
        # and here a request would wait.
        own = flush.app.connection_for_write(transport_options=QUICKLY)
        try:
            with own as connection:
                flush.apply_async(
                    countdown=WAKE_SECONDS,
                    expires=30,
                    retry=False,
                    producer=Producer(connection, auto_declare=False),
                )
        except OperationalError as error:
            # Beat flushes all the same; an alarm that failed costs seconds, not rows.
            self.asleep_until = time.monotonic() + DEAF_SECONDS
            logger.warning("broker_unreachable", error=str(error))


alarm = _Alarm()


def wake(**_: Any) -> None:
    """Ring the alarm when the journal has grown."""
    alarm.ring()
