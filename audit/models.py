"""The record of every access, allowed or refused, and the blocks that seal it."""

import uuid
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models

from audit import personal
from audit.querysets import RecordQuerySet
from horizon.fields import CurrentTransactionId, TransactionIdField

ERASED, UNREADABLE = "(erased)", "(unreadable)"


class Subject(models.Model):
    """A person whom records name, and the key that what they say is locked under.

    Erasing the person takes the key and the digest: the records stay as they are, and
    tell nobody any more whom they are about. A signature says that the hub did it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - many are erased
    key = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)
    erased_signature = models.CharField(max_length=128, blank=True)

    class Meta:
        db_table = "audit_subject"
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    erased_at__isnull=True, digest__isnull=False, key__isnull=False
                )
                | models.Q(
                    erased_at__isnull=False, digest__isnull=True, key__isnull=True
                ),
                name="audit_subject_whole_or_erased",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Record(models.Model):
    """One access: who did what to which memories, and with what outcome.

    Actors and memories are named by id and a snapshot, never by foreign key, so that
    the record outlives both. Whoever it names by address is named in ciphertext.
    """

    class Outcome(models.TextChoices):
        ALLOWED = "allowed"
        REFUSED = "refused"

    seq = models.BigAutoField(primary_key=True)
    xid = TransactionIdField(db_default=CurrentTransactionId(), editable=False)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_subject = models.ForeignKey(
        Subject,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    actor_ciphertext = models.BinaryField()
    behalf_subject = models.ForeignKey(
        Subject,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        null=True,
    )
    behalf_ciphertext = models.BinaryField(null=True)
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
    request_id = models.CharField(max_length=64, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        db_table = "audit_record"
        indexes: ClassVar = [
            models.Index(fields=["xid", "seq"], name="audit_record_reading"),
            models.Index(fields=["actor_id", "-at"], name="audit_record_actor"),
            models.Index(fields=["-at"], name="audit_record_at"),
            GinIndex(fields=["memory_ids"], name="audit_record_memories"),
            models.Index(fields=["actor_subject", "-at"], name="audit_record_subject"),
            models.Index(
                fields=["behalf_subject", "-at"],
                name="audit_record_behalf",
                condition=models.Q(behalf_subject__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.outcome}"

    @property
    def actor(self) -> str:
        """The address of whoever asked."""
        return self._about_actor("actor") or ""

    @property
    def on_behalf_of(self) -> str:
        """The address of the person acted for, if there was one."""
        if self.behalf_subject_id is None:
            return ""
        return _read(self._behalf_fields, "address") or ""

    @property
    def ip(self) -> str | None:
        """Where it came from."""
        return self._about_actor("ip")

    @property
    def user_agent(self) -> str:
        """What it came by."""
        return self._about_actor("user_agent") or ""

    def append(self) -> None:
        """Write it, in SQL composed once: every access waits for this."""
        fields, sql = _insertion()
        with connection.cursor() as cursor:
            values = [
                field.get_db_prep_save(getattr(self, field.attname), connection)
                for field in fields
            ]
            cursor.execute(sql, values)

    def binding(self, subject: uuid.UUID) -> bytes:
        """Return what this record's ciphertexts are tied to."""
        return personal.binding(
            subject=subject,
            at=self.at,
            channel=self.channel,
            action=self.action,
            request_id=self.request_id,
        )

    def _about_actor(self, name: str) -> str | None:
        return _read(self._actor_fields, name)

    @cached_property
    def _actor_fields(self) -> personal.Fields | str:
        subject = _subject(self, "actor_subject")
        return self._opened(subject, self.actor_ciphertext)

    @cached_property
    def _behalf_fields(self) -> personal.Fields | str:
        subject = _subject(self, "behalf_subject")
        return self._opened(subject, self.behalf_ciphertext)

    def _opened(
        self, subject: Subject | None, ciphertext: bytes | memoryview | None
    ) -> personal.Fields | str:
        """Return what is said of a subject, or the word to show in its place."""
        if subject is None or ciphertext is None:
            return UNREADABLE
        if subject.key is None:
            return ERASED
        try:
            return personal.unlock(
                bytes(ciphertext),
                key=bytes(subject.key),
                bound_to=self.binding(subject.pk),
            )
        except personal.UnreadableError:
            return UNREADABLE


@cache
def _insertion() -> tuple[Sequence[models.Field[Any, Any]], str]:
    """Return which of a record's fields are given, and the statement to insert them."""
    fields = [
        field
        for field in Record._meta.concrete_fields
        if not (field.primary_key or field.has_db_default())
    ]
    columns = ", ".join(str(field.column) for field in fields)
    places = ", ".join("%s" for _ in fields)
    sql = f"INSERT INTO {Record._meta.db_table} ({columns}) VALUES ({places})"  # noqa: S608 - names of the model's own
    return fields, sql


class Block(models.Model):
    """Up to a thousand records, sealed in their order and chained to the block before.

    `hashes` has the 32 bytes of each record's SHA-256 in the order of `seqs`, so that
    the one that was changed can be named. The block outlives its records, and says
    with a signature of its own when they were pruned.
    """

    number = models.BigIntegerField(primary_key=True)
    seqs = ArrayField(models.BigIntegerField())
    hashes = models.BinaryField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    key_id = models.CharField(max_length=16)
    sealed_at = models.DateTimeField()
    pruned_at = models.DateTimeField(null=True)
    pruned_signature = models.CharField(max_length=128, blank=True)

    class Meta:
        db_table = "audit_block"
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(
                fields=["last_at"],
                name="audit_block_kept",
                condition=models.Q(pruned_at__isnull=True),
            ),
            models.Index(
                fields=["last_at"],
                name="audit_block_pruned",
                condition=models.Q(pruned_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"block {self.number}"


class HeadsFile(models.Model):
    """How far a node's file of heads has come, for those who do not reach the file."""

    place = models.TextField(primary_key=True)
    number = models.BigIntegerField()

    class Meta:
        db_table = "audit_heads_file"
        default_permissions = ()

    def __str__(self) -> str:
        return f"heads up to block {self.number} in {self.place}"


def _read(fields: personal.Fields | str, name: str) -> str | None:
    return fields if isinstance(fields, str) else fields.get(name)


def _subject(record: Record, name: str) -> Subject | None:
    try:
        subject: Subject = getattr(record, name)
    except Subject.DoesNotExist:
        return None
    return subject
