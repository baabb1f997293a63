"""Waking a task that reads what was written, at most once a second a process."""

import time
from typing import Any

import structlog
from celery import Task
from kombu import Producer
from kombu.exceptions import OperationalError

logger = structlog.get_logger(__name__)

WAKE_SECONDS = 1.0
DEAF_SECONDS = 30.0
QUICKLY = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}


class Alarm:
    """Wake one task, however much is written."""

    def __init__(self, task: Task[..., Any]) -> None:
        self.task = task
        self.asleep_until = 0.0

    def ring(self) -> None:
        """Ask for the task a second from now, which also takes what comes till then."""
        if time.monotonic() < self.asleep_until:
            return
        self.asleep_until = time.monotonic() + WAKE_SECONDS
        # A connection of its own: the worker's waits seconds for a broker that hangs,
        # and here a request would wait.
        own = self.task.app.connection_for_write(transport_options=QUICKLY)
        try:
            with own as connection:
                self.task.apply_async(
                    countdown=WAKE_SECONDS,
                    expires=30,
                    retry=False,
                    producer=Producer(connection, auto_declare=False),
                )
        except OperationalError as error:
            # Beat begins it all the same; an alarm that failed costs seconds, no rows.
            self.asleep_until = time.monotonic() + DEAF_SECONDS
            logger.warning("broker_unreachable", error=str(error))
