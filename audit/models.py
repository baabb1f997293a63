"""The record of every access, allowed or refused."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from horizon.fields import CurrentTransactionId, TransactionIdField


class Record(models.Model):
    """One access: who did what to which memories, and with what outcome.

    Actors and memories are named by id and a snapshot, never by foreign key, so that
    the record outlives both.
    """

    class Outcome(models.TextChoices):
        ALLOWED = "allowed"
        REFUSED = "refused"

    seq = models.BigAutoField(primary_key=True)
    xid = TransactionIdField(db_default=CurrentTransactionId(), editable=False)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=254)
    on_behalf_of = models.CharField(max_length=254, blank=True)
    role = models.CharField(max_length=16)
    channel = models.CharField(max_length=16)
    action = models.CharField(max_length=32)
    memory_ids = ArrayField(models.UUIDField(), default=list)
    memory_count = models.PositiveIntegerField(default=0)
    memory_digest = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=255, blank=True)
    returned = models.PositiveIntegerField(default=0)
    query_digest = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=255, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "audit_record"
        indexes: ClassVar = [
            models.Index(fields=["xid", "seq"], name="audit_record_reading"),
            models.Index(fields=["actor_id", "-at"], name="audit_record_actor"),
            models.Index(fields=["-at"], name="audit_record_at"),
            GinIndex(fields=["memory_ids"], name="audit_record_memories"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.outcome}"
