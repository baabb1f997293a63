"""Verbs about who may see a memory, and who else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from accounts.actor import Actor
from audit import trail
from memories import explaining, journaling, sharing
from memories.access import accessing
from memories.errors import ForbiddenError, HubError
from memories.mediator.seeing import locked, permitted, seen
from memories.permissions import Deed, may_administer
from memories.results import Access
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


def share_many(
    *,
    actor: Actor,
    memory_ids: Sequence[UUID],
    with_user: str | None = None,
    with_group: str | None = None,
    can: Can,
    now: datetime,
) -> Mapping[UUID, Shared | HubError]:
    """Share many memories with one person or group; one outcome each.

    What is not the actor's to share harms no other.
    """
    with accessing(actor=actor, action="share_batch", now=now) as access:
        outcomes: dict[UUID, Shared | HubError] = {}
        for memory_id in sorted(set(memory_ids)):
            try:
                memory = locked(actor, memory_id, Deed.SHARE, now)
                shared = sharing.grant(
                    memory, with_user=with_user, with_group=with_group, can=can
                )
            except HubError as refusal:
                outcomes[memory_id] = refusal
                continue
            if shared.is_changed:
                journaling.append_again(memory, actor=actor, now=now)
            outcomes[memory_id] = shared
        access.memory_ids = list(outcomes)
        refusals = [one for one in outcomes.values() if isinstance(one, HubError)]
        access.returned = len(outcomes) - len(refusals)
        if refusals and not access.returned:
            access.refusal = refusals[0].reason
        return outcomes


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


def access(*, actor: Actor, memory_id: UUID, now: datetime) -> Access:
    """Return who may see a memory, and by which rule.

    Whoever may see it learns why; the others are named to who may share it, and who
    has looked at it to who has the audit.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    with accessing(
        actor=actor, action="access", now=now, memory_ids=[memory_id]
    ) as access:
        memory = seen(actor, memory_id, now)
        asker = replace(actor, user=actor.reader, behalf=None)
        is_whole = permitted(asker, Deed.SHARE, memory_id)
        if is_whole:
            readers = explaining.readers_of(memory)
        else:
            reader = asker.user and explaining.reader_of(memory, asker.user)
            readers = [reader] if reader else []
        access.returned = len(readers)
        has_the_audit = may_administer(actor.role) and actor.behalf is None
        looks = trail.looks(memory_id) if has_the_audit else None
        return Access(
            memory=memory,
            readers=readers,
            is_whole=is_whole,
            shares=sharing.shares_of(memory) if is_whole else None,
            looks=looks,
        )
