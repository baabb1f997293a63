"""What the journal says of a memory: each version whole, and who made it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.actor import Actor
from journal import log
from journal.log import Change
from journal.models import Entry
from memories.models import Memory

TOPIC = "memory"


def put(memory: Memory, *, actor: Actor) -> Change:
    """Describe a version that was written."""
    return Change(
        key=memory.pk,
        version=memory.version,
        op=Entry.Op.PUT,
        body={**memory.snapshot(), "deleted_at": None, "by": _by(actor)},
    )


def deleted(memory: Memory, *, actor: Actor, now: datetime) -> Change:
    """Describe a deletion: that it was, and when; nothing of what it said."""
    return Change(
        key=memory.pk,
        version=memory.version + 1,
        op=Entry.Op.DELETE,
        body={
            "id": str(memory.pk),
            "type": memory.type,
            "schema_version": memory.schema_version,
            "version": memory.version + 1,
            "source": memory.source,
            "occurred_at": memory.occurred_at.isoformat(),
            "created_at": memory.created_at.isoformat(),
            "updated_at": now.isoformat(),
            "deleted_at": now.isoformat(),
            "by": _by(actor),
        },
    )


def append(changes: Sequence[Change], *, now: datetime) -> None:
    """Write the changes into the journal, in the caller's transaction."""
    log.append(topic=TOPIC, changes=changes, now=now)


def _by(actor: Actor) -> dict[str, Any]:
    return {
        "id": actor.actor_id,
        "email": actor.actor_name,
        "on_behalf_of": actor.behalf_name,
        "channel": actor.channel,
    }
