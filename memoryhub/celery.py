"""Celery: it wakes those who read the journal; the work itself is in PostgreSQL."""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryhub.settings")

POLITENESS = 10
"""How nice the worker is to whoever answers requests on the same machine."""

app = Celery("memoryhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def be_polite(**_: Any) -> None:
    """Let requests go before what can wait, the worker's children inheriting it."""
    os.nice(POLITENESS)


def every(period: timedelta, task: str) -> Mapping[str, Any]:
    """Repeat a task; what comes too late is dropped for the next."""
    expires = period.total_seconds()
    return {"task": task, "schedule": period, "options": {"expires": expires}}


SOON, MINUTE, HOUR = (timedelta(seconds=each) for each in (5, 60, 3600))

app.conf.beat_schedule = {
    "flush the journal into Snowflake": every(SOON, "warehouse.flush"),
    "embed what has changed": every(SOON, "memories.embed"),
    "remove what has expired": every(MINUTE, "memories.remove_expired"),
    "seal the audit": every(SOON, "memories.seal_audit"),
    "ship the audit to Snowflake": every(SOON, "warehouse.ship_audit"),
    "drop what the audit's policy keeps no longer": every(HOUR, "audit.prune"),
    "work on what the tools delivered": every(SOON, "connectors.work"),
    "get from the tools what they did not deliver": {
        "task": "connectors.reconcile",
        "schedule": crontab(hour=3, minute=17),
        "options": {"expires": 3600},
    },
    "drop old deliveries": every(HOUR, "connectors.tidy"),
    "forget what nobody needs any more": every(HOUR, "memories.tidy"),
}
