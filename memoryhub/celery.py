"""Celery: it wakes those who read the journal; the work itself is in PostgreSQL."""

import os
from datetime import timedelta

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryhub.settings")

app = Celery("memoryhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "flush the journal into Snowflake": {
        "task": "warehouse.flush",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "embed what has changed": {
        "task": "memories.embed",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "remove what has expired": {
        "task": "memories.remove_expired",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "seal the audit": {
        "task": "memories.seal_audit",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "ship the audit to Snowflake": {
        "task": "warehouse.ship_audit",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "drop what the audit's policy keeps no longer": {
        "task": "audit.prune",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "work on what the tools delivered": {
        "task": "connectors.work",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "get from the tools what they did not deliver": {
        "task": "connectors.reconcile",
        "schedule": crontab(hour=3, minute=17),
        "options": {"expires": 3600},
    },
    "drop old deliveries": {
        "task": "connectors.tidy",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "forget what nobody needs any more": {
        "task": "memories.tidy",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
}
