"""The journal's entries and the places of those who read it."""

from typing import ClassVar
from uuid import uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from horizon.fields import CurrentTransactionId, TransactionIdField


class Entry(models.Model):
    """One committed change.

    It holds the key of what changed and a snapshot, never a foreign key, so that
    history outlives what it is the history of.
    """

    class Op(models.TextChoices):
        PUT = "put"
        DELETE = "delete"

    seq = models.BigAutoField(primary_key=True)
    xid = TransactionIdField(db_default=CurrentTransactionId(), editable=False)
    at = models.DateTimeField()
    topic = models.CharField(max_length=32)
    key = models.UUIDField()
    version = models.PositiveIntegerField()
    op = models.CharField(max_length=8, choices=Op)
    body = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name_plural = "entries"
        indexes: ClassVar = [
            models.Index(fields=["topic", "xid", "seq"], name="journal_entry_topic"),
            models.Index(fields=["topic", "key", "version"], name="journal_entry_key"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key} v{self.version} {self.op}"


class Cursor(models.Model):
    """How far one reader has come: it has dealt with all up to (xid, seq)."""

    name = models.CharField(max_length=64, primary_key=True)
    xid = TransactionIdField(default=0)
    seq = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.xid}/{self.seq}"


class Journal(models.Model):
    """Which journal this is: a restored or another one is told apart by its id."""

    number = models.PositiveSmallIntegerField(primary_key=True, default=1)
    id = models.UUIDField(default=uuid4, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(number=1), name="journal_journal_only_one"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
