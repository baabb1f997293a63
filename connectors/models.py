"""What came in, what it is made of, and whom it speaks of."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from horizon.fields import TransactionIdField


class Delivery(models.Model):
    """One delivery of a vendor, kept as it was sent for a while."""

    class State(models.TextChoices):
        """How far it has come."""

        RECEIVED = "received"
        DONE = "done"
        IGNORED = "ignored"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    connector = models.CharField(max_length=32)
    delivery_id = models.CharField(max_length=200)
    event = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.RECEIVED)
    reason = models.TextField(blank=True)
    sealed_body = models.BinaryField()
    size = models.PositiveIntegerField()
    memory_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    is_test = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connector", "delivery_id"], name="one_effect_a_delivery"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="received"),
                name="connectors_delivery_due",
            ),
            models.Index(
                fields=["connector", "-received_at"], name="connectors_delivery_recent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connector} {self.event} {self.delivery_id}"


class Thing(models.Model):
    """Something in a tool that memories are told of, such as a thread."""

    id = models.BigAutoField(primary_key=True)
    connector = models.CharField(max_length=32)
    name = models.CharField(max_length=255)
    group = models.CharField(max_length=255, blank=True)
    awaits = ArrayField(models.CharField(max_length=300), default=list)
    """What is not known yet, and would have it told anew."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connector", "name"], name="one_thing")
        ]
        indexes: ClassVar = [
            GinIndex(fields=["awaits"], name="connectors_thing_awaits"),
            models.Index(
                fields=["connector", "group"],
                condition=~models.Q(group=""),
                name="connectors_thing_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connector} {self.name}"


class Part(models.Model):
    """The newest state of one part of a thing; no data is a part that is gone."""

    pk = models.CompositePrimaryKey("thing_id", "key")
    thing = models.ForeignKey(Thing, models.CASCADE, related_name="parts")
    key = models.CharField(max_length=255)
    revision = models.CharField(max_length=100)
    data = models.JSONField(null=True)
    people = ArrayField(models.CharField(max_length=254), default=list)

    def __str__(self) -> str:
        return f"{self.thing} {self.key}"


class Told(models.Model):
    """A memory that was told of a thing."""

    pk = models.CompositePrimaryKey("connector", "external_id")
    connector = models.CharField(max_length=32)
    external_id = models.CharField(max_length=255)
    thing = models.ForeignKey(Thing, models.CASCADE, related_name="told")
    memory_id = models.UUIDField()
    digest = models.BinaryField()
    cites = models.BooleanField(default=False)
    """Whether it rests on other memories, and so is evidence of none."""

    class Meta:
        verbose_name_plural = "told"

    def __str__(self) -> str:
        return f"{self.connector} {self.external_id}"


class Person(models.Model):
    """Somebody as a tool knows them."""

    id = models.BigAutoField(primary_key=True)
    connector = models.CharField(max_length=32)
    external_id = models.CharField(max_length=254)
    name = models.CharField(max_length=254, blank=True)
    email = models.EmailField(blank=True)

    class Meta:
        verbose_name_plural = "people"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connector", "external_id"], name="one_person"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


UNHEARD = 2**63 - 1
"""A transaction that is never over."""


class News(models.Model):
    """Something became known that things may await."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=300)
    xid = TransactionIdField(default=UNHEARD, editable=False)
    """The transaction that heard it, the first one after it came."""
    past = models.BigIntegerField(default=0)
    """The last thing that was told anew because of it."""

    class Meta:
        verbose_name_plural = "news"

    def __str__(self) -> str:
        return self.topic


class Rules(models.Model):
    """What an admin decided for a connector."""

    connector = models.CharField(max_length=32, primary_key=True)
    values = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "rules"

    def __str__(self) -> str:
        return self.connector


class Backfill(models.Model):
    """How far a tool's past has been caught up with."""

    id = models.BigAutoField(primary_key=True)
    connector = models.CharField(max_length=32)
    since = models.DateTimeField()
    until = models.DateTimeField()
    cursor = models.JSONField(null=True)
    done = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connector", "since", "until"],
                condition=models.Q(finished_at=None),
                name="one_unfinished_backfill_of_a_span",
            )
        ]

    def __str__(self) -> str:
        return f"{self.connector} {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"
