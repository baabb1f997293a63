"""What the journal says of a memory: each version whole, and who made it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
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


def append_again(
    memory: Memory,
    *,
    actor: Actor,
    now: datetime,
    remark: Mapping[str, Any] | None = None,
) -> None:
    """Journal a locked memory's version once more, for what changed around it.

    A share or a remark makes no version of its own. The later `updated_at` tells the
    warehouse which of a version's entries is the last, so it always grows.
    """
    # Read anew: while the lock was waited for, the memory may have got another owner.
    fresh = Memory.objects.select_related("owner").get(pk=memory.pk)
    fresh.updated_at = max(now, fresh.updated_at + timedelta(microseconds=1))
    fresh.save(update_fields=["updated_at"])
    change = put(fresh, actor=actor)
    if remark:
        change.body["annotation"] = remark
    append([change], now=now)


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
