"""Verbs about who else may see a memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts.actor import Actor
from memories import journaling, sharing
from memories.access import accessing
from memories.errors import ForbiddenError
from memories.mediator.seeing import locked, permitted, seen
from memories.permissions import Deed
from memories.schemas.sharing import Can
from memories.sharing import Share, Shared


def share(
    *,
    actor: Actor,
    memory_id: UUID,
    with_user: str | None = None,
    with_group: str | None = None,
    can: Can,
    now: datetime,
) -> Shared:
    """Share one memory with a person, by address, or a group, by name.

    It replaces what was shared with them before. The version stays; where the share
    is as it was, nothing happens.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to share.
        InvalidError: it cannot be shared with them, and why.
    """
    with accessing(
        actor=actor, action="share", now=now, memory_ids=[memory_id]
    ) as access:
        memory = locked(actor, memory_id, Deed.SHARE, now)
        shared = sharing.grant(
            memory, with_user=with_user, with_group=with_group, can=can
        )
        if shared.is_changed:
            journaling.append_again(memory, actor=actor, now=now)
        access.returned = 1
        return shared


def unshare(
    *,
    actor: Actor,
    memory_id: UUID,
    with_user: str | None = None,
    with_group: str | None = None,
    can: Can | None = None,
    now: datetime,
) -> None:
    """Take a share back, at once; with `can`, only one of that kind.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to share; or it
            is not shared so.
        InvalidError: neither a person nor a group is named, or both.
    """
    with accessing(actor=actor, action="unshare", now=now, memory_ids=[memory_id]):
        memory = locked(actor, memory_id, Deed.SHARE, now)
        sharing.revoke(memory, with_user=with_user, with_group=with_group, can=can)
        journaling.append_again(memory, actor=actor, now=now)


def shares(*, actor: Actor, memory_id: UUID, now: datetime) -> Sequence[Share]:
    """Return with whom a memory is shared, to who may share it.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to share.
    """
    with accessing(
        actor=actor, action="shares", now=now, memory_ids=[memory_id]
    ) as access:
        memory = seen(actor, memory_id, now)
        if not permitted(actor, Deed.SHARE, memory_id):
            msg = (
                f"As {actor.role_name} you may see this memory, but not with whom it "
                f"is shared: only who may share it may."
            )
            raise ForbiddenError(msg)
        found = sharing.shares_of(memory)
        access.returned = len(found)
        return found
