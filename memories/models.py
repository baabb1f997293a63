"""A memory, its four faces, who it is shared with, and how long each type is kept."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import (
    CombinedSearchVector,
    SearchConfig,
    SearchVector,
    SearchVectorField,
)
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, JSONField, Q, Value
from django.db.models.fields.json import KT
from django.db.models.lookups import IsNull
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from pgvector.django import HalfVectorField
from uuid_utils.compat import uuid7

from accounts.models import User
from memories.permissions import Deed, Scope, scopes
from memories.querysets import MemoryQuerySet
from memories.schemas.base import Content
from memories.schemas.registry import registry

TYPES = registry().types

_KNOWN_SCHEMA = reduce(
    or_,
    (
        Q(type=schema.type, schema_version__range=(1, schema.version))
        for schema in registry().latest_versions
    ),
)

SEARCHED_TEXT = CombinedSearchVector(
    SearchVector("title", config="english"),
    "||",
    Func(
        SearchConfig("english"),
        "content",
        Value(["string"], JSONField()),
        function="jsonb_to_tsvector",
        output_field=SearchVectorField(),
    ),
    config="english",
)
"""What PostgreSQL itself searches, where there is no other index."""


class Memory(models.Model):
    """One thing that the company remembers.

    Django owns the envelope; the content belongs to the schema that `type` and
    `schema_version` name. Writing is the mediator's alone.
    """

    type_name: ClassVar[str]
    """The type that a proxy is of."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=16, editable=False)
    schema_version = models.PositiveSmallIntegerField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    title = models.CharField(max_length=200)
    content = models.JSONField(encoder=DjangoJSONEncoder)
    metadata = models.JSONField(default=dict, encoder=DjangoJSONEncoder, blank=True)
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    source = models.CharField(max_length=64, editable=False)
    external_id = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001 - unique where given
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="memories",
    )
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="stored_memories",
    )
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    legal_hold = models.BooleanField(default=False)

    objects = MemoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "memories"
        default_permissions = ("view", "change")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=_KNOWN_SCHEMA, name="memories_memory_schema_known"
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="memories_memory_version_positive"
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=Q(external_id__isnull=False),
                name="memories_memory_external_id",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                F("occurred_at").desc(), F("id").desc(), name="memories_memory_newest"
            ),
            models.Index(
                F("type"), F("occurred_at").desc(), name="memories_memory_type_newest"
            ),
            models.Index(
                F("owner"), F("occurred_at").desc(), name="memories_memory_owner_newest"
            ),
            models.Index(fields=["stored_by"], name="memories_memory_stored_by"),
            models.Index(
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False),
                name="memories_memory_expiry",
            ),
            GinIndex(SEARCHED_TEXT, name="memories_memory_searched_text"),
            models.Index(
                F("source"),
                KT("content__session_id"),
                F("occurred_at"),
                F("id"),
                condition=Q(IsNull(KT("content__session_id"), rhs=False)),
                name="memories_memory_conversation",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def read_content(self) -> Content:
        """Return the content as the newest version of its schema reads it."""
        return registry().read(self.type, self.schema_version, self.content)

    def has_expired(self, now: datetime) -> bool:
        """Say whether its time is over; a legal hold keeps it all the same."""
        over = self.expires_at is not None and self.expires_at <= now
        return over and not self.legal_hold

    def readers(self) -> list[str]:
        """Name everyone whom a rule other than a role lets read this, for the index.

        The names match `reader_names`; a search narrows by them, and PostgreSQL
        decides all the same.
        """
        users, groups = set[int](), set[int]()
        if not self._state.adding:
            users = {grant.user_id for grant in self.user_permissions.all()}
            groups = {grant.group_id for grant in self.group_permissions.all()}
        return self.readers_with(users, groups)

    def readers_with(self, users: Iterable[int], groups: Iterable[int]) -> list[str]:
        """Name the readers, where it is known with whom it is shared."""
        names = []
        if self.owner_id:
            names.append(f"owner:{self.owner_id}")
        if self.stored_by_id:
            names.append(f"service:{self.stored_by_id}")
        names += [f"user:{pk}" for pk in sorted(users)]
        names += [f"group:{pk}" for pk in sorted(groups)]
        return names

    def snapshot(self) -> dict[str, Any]:
        """Return all there is to know of this version, as plain JSON."""
        return {
            "id": str(self.pk),
            "type": self.type,
            "schema_version": self.schema_version,
            "version": self.version,
            "title": self.title,
            "content": self.content,
            "metadata": self.metadata,
            "tags": self.tags,
            "source": self.source,
            "external_id": self.external_id,
            "owner_id": self.owner_id,
            "owner_email": self.owner.email if self.owner else None,
            "acl": self.readers(),
            "occurred_at": self.occurred_at.isoformat(),
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "legal_hold": self.legal_hold,
            "search_text": self.read_content().search_text(),
        }


class _OfTypeManager(models.Manager.from_queryset(MemoryQuerySet)):  # type: ignore[misc]  # made at run time
    """Only the memories of a proxy's own type."""

    def get_queryset(self) -> MemoryQuerySet:
        queryset: MemoryQuerySet = super().get_queryset()
        return queryset.of_type(self.model.type_name)


class _Proxy:
    """What every proxy's Meta says; guardian knows the concrete model alone."""

    proxy = True
    default_permissions = ()


class ChatMemory(Memory):
    """What was said."""

    type_name = "chat"
    objects = _OfTypeManager()  # type: ignore[misc]  # narrower than its parent's

    class Meta(_Proxy):
        verbose_name = "chat"
        verbose_name_plural = "chats"


class EventMemory(Memory):
    """What happened."""

    type_name = "event"
    objects = _OfTypeManager()  # type: ignore[misc]  # narrower than its parent's

    class Meta(_Proxy):
        verbose_name = "event"
        verbose_name_plural = "events"


class InsightMemory(Memory):
    """What was learned."""

    type_name = "insight"
    objects = _OfTypeManager()  # type: ignore[misc]  # narrower than its parent's

    class Meta(_Proxy):
        verbose_name = "insight"
        verbose_name_plural = "insights"


class DecisionMemory(Memory):
    """What was decided."""

    type_name = "decision"
    objects = _OfTypeManager()  # type: ignore[misc]  # narrower than its parent's

    class Meta(_Proxy):
        verbose_name = "decision"
        verbose_name_plural = "decisions"


PROXIES: tuple[type[Memory], ...] = (
    ChatMemory,
    EventMemory,
    InsightMemory,
    DecisionMemory,
)


class Annotation(models.Model):
    """What somebody remarks on a memory."""

    class Kind(models.TextChoices):
        NOTE = "note"
        CONFIRM = "confirm"
        DISPUTE = "dispute"
        CORRECTION = "correction"

    memory = models.ForeignKey(Memory, models.CASCADE, related_name="annotations")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.NOTE)
    body = models.TextField()
    created_at = models.DateTimeField(editable=False)

    def __str__(self) -> str:
        return f"{self.kind} by {self.author}"


class Embedding(models.Model):
    """What one version of a memory means to one model, as a vector.

    Its table is where PostgreSQL has pgvector, and `memories/search/vectors.py` makes
    it, reads it and writes it. PostgreSQL removes a memory's vectors with the memory.
    """

    pk = models.CompositePrimaryKey("memory_id", "model")
    memory = models.ForeignKey(
        Memory, models.DO_NOTHING, related_name="+", db_index=False
    )
    model = models.TextField()
    dimensions = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    vector = HalfVectorField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.memory_id} by {self.model}"


class MemoryUserPermission(UserObjectPermissionBase):
    """A memory shared with a person."""

    content_object = models.ForeignKey(
        Memory, models.CASCADE, related_name="user_permissions"
    )

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class MemoryGroupPermission(GroupObjectPermissionBase):
    """A memory shared with a group."""

    content_object = models.ForeignKey(
        Memory, models.CASCADE, related_name="group_permissions"
    )

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False


class RetentionPolicy(models.Model):
    """How long memories of one type are kept, instead of its schema's default."""

    type = models.CharField(
        max_length=16, primary_key=True, choices=[(name, name) for name in TYPES]
    )
    days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(36_500)],
        help_text=(
            "Days after which a memory is removed; empty keeps it for ever. A shorter "
            "time holds for what is stored already too, a longer one from now on."
        ),
    )
    updated_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name_plural = "retention policies"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(days__isnull=True) | Q(days__range=(1, 36_500)),
                name="memories_retentionpolicy_days_sensible",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type}: {self.days or 'for ever'}"


class GivenAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, for those who repeat it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    given_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "key"], name="memories_givenanswer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} to {self.key}"


def reader_names(user: User) -> tuple[str, ...] | None:
    """Return the names under which `Memory.readers` lists somebody, by their role.

    None is somebody who reads everything.
    """
    reads = scopes(user.role, Deed.READ)
    if Scope.ALL in reads:
        return None
    names = []
    if Scope.OWN in reads:
        names.append(f"owner:{user.pk}")
    if Scope.STORED in reads:
        names.append(f"service:{user.pk}")
    if Scope.SHARED in reads:
        names += [f"user:{user.pk}", *(f"group:{pk}" for pk in user.group_ids)]
    return tuple(names)


def proxy_of(type_: str) -> type[Memory]:
    """Return the proxy model of a type."""
    return next(proxy for proxy in PROXIES if proxy.type_name == type_)
