"""Keeping the audit for as long as the policy says, and not longer."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from audit.models import Block


def prune(*, now: datetime) -> int:
    """Drop the records of whole blocks that are past AUDIT_MONTHS; returns how many.

    A block stays, marked, so that the chain goes through it. Each goes in a transaction
    of its own.
    """
    pruned = 0
    for number in _past_their_time(now):
        with transaction.atomic(), connection.cursor() as cursor:
            if Block.objects.filter(pk=number, pruned_at=None).update(pruned_at=now):
                cursor.execute("SELECT audit_prune(%s)", [number])
                pruned += cursor.fetchone()[0]
    return pruned


def _past_their_time(now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT number FROM audit_block
             WHERE pruned_at IS NULL
               AND last_at < %s::timestamptz - make_interval(months => %s)
             ORDER BY number
            """,
            [now, settings.AUDIT_MONTHS],
        )
        return [number for (number,) in cursor.fetchall()]
