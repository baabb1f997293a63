"""Taking memories out of PostgreSQL, the cache and, by the journal, everywhere else."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from memories import cache, journaling
from memories.models import Memory


def remove(memories: Sequence[Memory], *, actor: Actor, now: datetime) -> None:
    """Delete memories that the caller has locked, each with its tombstone."""
    tombstones = [journaling.deleted(each, actor=actor, now=now) for each in memories]
    Memory.objects.filter(pk__in=[memory.pk for memory in memories]).delete()
    journaling.append(tombstones, now=now)
    transaction.on_commit(lambda: cache.drop(memories))
