"""From what is handed in to what is stored: checked, owned, and compared."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models.functions import Lower
from pydantic import BaseModel, ValidationError

from accounts.actor import Actor
from accounts.models import User
from memories import retention
from memories.errors import Fault, ForbiddenError, InvalidError
from memories.models import Memory
from memories.permissions import Ownership, may_store
from memories.retention import Retention
from memories.schemas.base import Content
from memories.schemas.draft import Amendment, Draft
from memories.schemas.faults import findings
from memories.schemas.registry import UnknownSchemaError, registry

type Owners = Mapping[str, User]
type Policies = Mapping[str, Retention]

REVISABLE = (
    "schema_version",
    "version",
    "title",
    "content",
    "metadata",
    "tags",
    "owner",
    "occurred_at",
    "updated_at",
    "expires_at",
)
"""The columns that `revise` may change."""


def read[M: BaseModel](model: type[M], raw: object) -> M:
    """Return what was handed in as one of the schemas' models.

    Raises:
        InvalidError: naming every field that is wrong.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise InvalidError(faults(error)) from None


def read_draft(raw: object) -> Draft:
    """Return what was handed in as a draft, its content checked too.

    Raises:
        InvalidError: naming every field that is wrong, in the content as well.
    """
    found = _content_faults(raw)
    try:
        draft = read(Draft, raw)
    except InvalidError as error:
        raise InvalidError([*error.faults, *found]) from None
    if found:
        raise InvalidError(found)
    return draft


def _content_faults(raw: object) -> Sequence[Fault]:
    """Say what is wrong with the content, as far as the draft around it can be read."""
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        return ()
    version = raw.get("schema_version")
    try:
        read_content(
            raw["type"],
            version if isinstance(version, int) else None,
            raw.get("content"),
        )
    except InvalidError as error:
        # A content that is missing, or no object, is the draft's own fault.
        return [fault for fault in error.faults if fault.pointer != "/content"]
    return ()


def read_content(type_: str, version: int | None, content: object) -> Content:
    """Return content, checked by its schema; no version means the newest.

    Raises:
        InvalidError: an unknown type or version, or content that does not fit it.
    """
    try:
        return registry().get(type_, version).parse(content)
    except UnknownSchemaError as error:
        raise InvalidError([Fault(f"/{error.field}", str(error))]) from None
    except ValidationError as error:
        raise InvalidError(faults(error, under="/content")) from None


def faults(error: ValidationError, *, under: str = "") -> list[Fault]:
    """Return Pydantic's findings, each with a JSON pointer to its field."""
    return [Fault(*each) for each in findings(error, under=under)]


def known_owners(emails: Iterable[str | None]) -> Owners:
    """Return the accounts that have one of the addresses, by address."""
    wanted = {email.lower() for email in emails if email}
    if not wanted:
        return {}
    found = User.objects.annotate(address=Lower("email")).filter(address__in=wanted)
    return {user.email.lower(): user for user in found}


def owner_for(
    *, actor: Actor, type_: str, email: str | None, owners: Owners
) -> User | None:
    """Return who is to own what an actor stores.

    Raises:
        ForbiddenError: the actor may not store, or not for that person.
        InvalidError: nobody has that address.
    """
    if actor.only_looks:
        msg = f"You are viewing as {actor.behalf_name}: nothing can be stored."
        raise ForbiddenError(msg)
    rule = may_store(actor.role, type_)
    if email is None:
        return actor.behalf if rule is Ownership.NAMED else actor.user
    own = actor.user is not None and actor.user.email.lower() == email.lower()
    if rule is Ownership.OWN and not own:
        msg = f"As {actor.role_name} you may store a {type_} only for yourself."
        raise ForbiddenError(msg)
    owner = owners.get(email.lower())
    if owner is None and rule is Ownership.ANYONES:
        raise InvalidError([Fault("/owner", f"no account has the address {email}")])
    return owner


def make(
    *, actor: Actor, draft: Draft, owners: Owners, policies: Policies, now: datetime
) -> Memory:
    """Return the memory that a draft describes, not saved.

    Raises:
        InvalidError, ForbiddenError: as `read_content` and `owner_for`.
    """
    content = read_content(draft.type, draft.schema_version, draft.content)
    return Memory(
        type=draft.type,
        schema_version=content.version,
        title=draft.title or content.default_title(),
        content=plain(content),
        metadata=draft.metadata,
        tags=draft.tags,
        source=draft.source or actor.channel,
        external_id=draft.external_id,
        owner=owner_for(
            actor=actor, type_=draft.type, email=draft.owner, owners=owners
        ),
        stored_by=actor.user,
        occurred_at=draft.occurred_at or now,
        created_at=now,
        updated_at=now,
        expires_at=retention.expiry(
            retention=policies[draft.type],
            created_at=now,
            ttl_seconds=draft.ttl_seconds,
            now=now,
        ),
    )


def revise(
    *,
    actor: Actor,
    memory: Memory,
    named: Draft | Amendment,
    owners: Owners,
    policies: Policies,
    may_delete: bool,
    now: datetime,
) -> bool:
    """Apply what is named to a memory, not saved; say whether that changed it.

    A changed memory has the next version. What is not named stays, except that a
    title which followed from the content follows the new content. Giving it away or
    shortening its life is as good as deleting it, and needs the right to.

    Raises:
        InvalidError, ForbiddenError: as `read_content` and `owner_for`.
    """
    fresh = _revision(actor, memory, named, owners)
    disposes = named.ttl_seconds is not None or fresh.get("owner", memory.owner) != (
        memory.owner
    )
    if disposes and not may_delete:
        msg = (
            "Only who may delete a memory gives it another owner or a life of its own."
        )
        raise ForbiddenError(msg)
    same = all(_same(getattr(memory, name), value) for name, value in fresh.items())
    asks_for_a_life = isinstance(named, Amendment) and named.ttl_seconds is not None
    if same and not asks_for_a_life:
        return False
    for name, value in fresh.items():
        setattr(memory, name, value)
    if named.ttl_seconds is not None:
        memory.expires_at = retention.expiry(
            retention=policies[memory.type],
            created_at=memory.created_at,
            ttl_seconds=named.ttl_seconds,
            now=now,
        )
    memory.version += 1
    memory.updated_at = now
    return True


def plain(content: Content) -> dict[str, Any]:
    """Return content as it is stored: JSON, defaults filled in, nothing for None."""
    return content.model_dump(mode="json", exclude_none=True)


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does, for which true is not 1, and 1 is not 1.0."""
    if isinstance(one, dict):
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    return bool(one == other)


def _revision(
    actor: Actor, memory: Memory, named: Draft | Amendment, owners: Owners
) -> dict[str, Any]:
    fresh: dict[str, Any] = {}
    if isinstance(named, Draft) and named.type != memory.type:
        detail = (
            f"this source and external_id belong to a {memory.type}; "
            f"a memory's type does not change"
        )
        raise InvalidError([Fault("/type", detail)])
    if named.content is not None:
        content = read_content(memory.type, named.schema_version, named.content)
        fresh |= {"schema_version": content.version, "content": plain(content)}
        if memory.title == memory.read_content().default_title():
            fresh["title"] = content.default_title()
    for name in ("title", "metadata", "tags", "occurred_at"):
        value = getattr(named, name)
        if name in named.model_fields_set and value is not None:
            fresh[name] = value
    if named.owner is not None:
        fresh["owner"] = owner_for(
            actor=actor, type_=memory.type, email=named.owner, owners=owners
        )
    return fresh
