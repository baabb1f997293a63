"""What Celery does for the audit alone, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from audit import pruning


@shared_task(name="audit.prune")
def prune() -> int:
    """Drop the records that the policy keeps no longer; returns how many."""
    return pruning.prune(now=timezone.now())
