"""Accounts and memories for tests, in the domain's words.

Memories are made without the mediator where a test is about reading; `make_draft` is
for tests about storing.
"""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from factory.declarations import LazyAttribute, Sequence
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from accounts.models import User
from accounts.roles import Role
from memories.models import Memory
from memories.schemas.draft import Draft

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"

CONTENTS: dict[str, dict[str, Any]] = {
    "chat": {"message": "The renewal is at risk"},
    "event": {"event_type": "call", "summary": "Quarterly review with Acme"},
    "insight": {"insight": "Customers who lose their champion leave"},
    "decision": {"decision": "Offer a discount of ten per cent"},
}


class UserFactory(DjangoModelFactory[User]):
    """An account in the role of a plain user."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence(lambda number: f"person{number}@example.com")

    @post_generation
    def role(self: User, create: bool, extracted: Role | None, **_: Any) -> None:
        self.groups.add(Group.objects.get(name=extracted or Role.USER))


class MemoryFactory(DjangoModelFactory[Memory]):
    """A stored memory; `type` chooses a content that fits."""

    class Meta:
        model = Memory

    type = "chat"
    schema_version = 1
    title = LazyAttribute(lambda made: next(iter(made.content.values())))
    content = LazyAttribute(lambda made: CONTENTS[made.type])
    source = "api"
    occurred_at = NOW
    created_at = NOW
    updated_at = NOW


def make_user(**fields: Any) -> User:
    """Make an account; `role=` chooses its role."""
    return UserFactory.create(**fields)


def make_memory(**fields: Any) -> Memory:
    """Make a stored memory."""
    return MemoryFactory.create(**fields)


def make_draft(type_: str = "chat", **fields: Any) -> Draft:
    """Make a draft with a content that fits its type."""
    return Draft.model_validate({"type": type_, "content": CONTENTS[type_], **fields})


def share(memory: Memory, holder: User | Group, *, can: str = "view") -> None:
    """Share a memory with a person or a group, to `view` or to `change` it."""
    permission = Permission.objects.get(codename=f"{can}_memory")
    if isinstance(holder, User):
        memory.user_permissions.create(user=holder, permission=permission)
    else:
        memory.group_permissions.create(group=holder, permission=permission)
