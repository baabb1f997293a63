"""Keeping the audit for as long as the policy says, and not longer."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from audit import seal
from audit.models import Block


def prune(*, now: datetime) -> int:
    """Drop the records of whole blocks that are past AUDIT_MONTHS; returns how many.

    A block stays, marked and signed for, so that the chain goes through it and nobody
    without the signing key prunes by hand unnoticed. Each goes in a transaction of its
    own.

    Raises:
        NoSignerError: this process has no key to sign with; nothing is dropped.
    """
    by = seal.signer()
    pruned = 0
    for number in _past_their_time(now):
        with transaction.atomic(), connection.cursor() as cursor:
            block = Block.objects.select_for_update().get(pk=number)
            if block.pruned_at is None:
                block.pruned_at = now
                seal.sign_pruning(block, by)
                block.save(update_fields=["pruned_at", "pruned_signature"])
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
