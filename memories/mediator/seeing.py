"""What an actor may see, lock and do: the rights, asked of PostgreSQL each time."""

from datetime import datetime
from uuid import UUID

from accounts.actor import Actor
from memories.errors import ForbiddenError, NotFoundError
from memories.models import Memory
from memories.permissions import Deed
from memories.querysets import MemoryQuerySet

_ENVELOPE = ("pk", "type", "title", "owner", "stored_by")
"""What the role table looks at."""


def visible(actor: Actor, now: datetime) -> MemoryQuerySet:
    """Return what the actor may see."""
    return Memory.objects.visible_to(actor).live(now)


def seen(actor: Actor, memory_id: UUID, now: datetime) -> Memory:
    """Return a memory that the actor may see, without what it says."""
    memory = visible(actor, now).only(*_ENVELOPE).filter(pk=memory_id).first()
    if memory is None:
        raise NotFoundError
    return memory


def locked(actor: Actor, memory_id: UUID, deed: Deed, now: datetime) -> Memory:
    """Lock a memory that the actor may do a deed with."""
    memory = (
        visible(actor, now)
        .select_related("owner")
        .select_for_update(of=("self",))
        .filter(pk=memory_id)
        .first()
    )
    if memory is None:
        raise NotFoundError
    if not permitted(actor, deed, memory_id):
        what = deed.name.lower()
        msg = f"As {actor.role_name} you may see this memory, but not {what} it."
        raise ForbiddenError(msg)
    return memory


def permitted(actor: Actor, deed: Deed, memory_id: UUID) -> bool:
    """Say whether the actor may do a deed with a memory."""
    return Memory.objects.permitted(actor, deed).filter(pk=memory_id).exists()
