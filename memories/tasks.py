"""What Celery does for the domain, each task safe to run twice."""

from celery import shared_task
from django.utils import timezone

from accounts.actor import Channel, hub
from journal import log
from memories import journaling, mediator
from memories.api.idempotency import discard_old

BATCH = 500


@shared_task(name="memories.remove_expired")
def remove_expired() -> int:
    """Remove what has expired, a small batch at a time; returns how many."""
    removed = 0
    while count := mediator.expire(
        actor=hub(Channel.TASK), now=timezone.now(), limit=BATCH
    ):
        removed += count
    return removed


@shared_task(name="memories.tidy")
def tidy() -> int:
    """Drop what nobody may ask for any more; returns how many rows went."""
    return discard_old(now=timezone.now()) + log.prune(
        topic=journaling.TOPIC, limit=10_000
    )
