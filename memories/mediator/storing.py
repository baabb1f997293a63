"""Verbs that change what is remembered."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actor import Actor
from memories import cache, drafting, journaling, retention
from memories.access import accessing
from memories.errors import (
    ConflictError,
    HeldError,
    HubError,
    InvalidError,
)
from memories.mediator.seeing import locked, permitted
from memories.models import Memory
from memories.permissions import Deed
from memories.removing import remove
from memories.schemas.draft import Amendment, Draft
from memories.search import vectors
from memories.storing import Stored, store_all


def store(*, actor: Actor, draft: Draft, now: datetime) -> Stored:
    """Store one memory, or bring the one with its source and external id up to it.

    Raises:
        InvalidError: the draft does not fit its schema.
        ForbiddenError, NotFoundError: it is not the actor's to store or to change.
    """
    with accessing(actor=actor, action="store", now=now) as access:
        (outcome,) = store_all(actor=actor, drafts=[draft], now=now)
        if isinstance(outcome, HubError):
            raise outcome
        access.memory_ids, access.returned = [outcome.memory.pk], 1
        return outcome


def store_many(
    *, actor: Actor, drafts: Sequence[Draft | InvalidError], now: datetime
) -> Sequence[Stored | HubError]:
    """Store many; one outcome each, in order.

    A draft that could not be read takes its place as the error that it is.
    """
    with accessing(actor=actor, action="store_batch", now=now) as access:
        readable = [draft for draft in drafts if isinstance(draft, Draft)]
        stored = iter(store_all(actor=actor, drafts=readable, now=now))
        outcomes = [
            next(stored) if isinstance(draft, Draft) else draft for draft in drafts
        ]
        done = [each.memory.pk for each in outcomes if isinstance(each, Stored)]
        access.memory_ids, access.returned = done, len(done)
        refusals = [each for each in outcomes if isinstance(each, HubError)]
        if refusals and not done:
            access.refusal = refusals[0].reason
        return outcomes


def amend(
    *,
    actor: Actor,
    memory_id: UUID,
    amendment: Amendment,
    expected_version: int,
    now: datetime,
) -> Memory:
    """Change one memory, if it is still at the version that the actor has seen.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to change.
        ConflictError: it is at another version by now.
        InvalidError: the change does not fit its schema.
    """
    with accessing(
        actor=actor, action="amend", now=now, memory_ids=[memory_id]
    ) as access:
        memory = locked(actor, memory_id, Deed.CHANGE, now)
        if memory.version != expected_version:
            raise ConflictError(current_version=memory.version)
        key_of_old = [Memory(pk=memory.pk, version=memory.version)]
        if drafting.revise(
            actor=actor,
            memory=memory,
            named=amendment,
            owners=drafting.known_owners([amendment.owner]),
            policies=retention.policies(),
            may_delete=permitted(actor, Deed.DELETE, memory_id),
            now=now,
        ):
            memory.save(update_fields=drafting.REVISABLE)
            journaling.append([journaling.put(memory, actor=actor)], now=now)
            vectors.forget([memory.pk])
            transaction.on_commit(lambda: cache.drop(key_of_old))
        access.returned = 1
        return _read_again(memory)


def forget(*, actor: Actor, memory_id: UUID, now: datetime) -> None:
    """Delete one memory, here and wherever the journal leads.

    Raises:
        NotFoundError, ForbiddenError: it is not the actor's to see, or to delete.
        HeldError: a legal hold keeps it.
    """
    with accessing(actor=actor, action="forget", now=now, memory_ids=[memory_id]):
        memory = locked(actor, memory_id, Deed.DELETE, now)
        if memory.legal_hold:
            raise HeldError
        remove([memory], actor=actor, now=now)


def expire(*, actor: Actor, now: datetime, limit: int) -> int:
    """Remove up to `limit` memories whose time is over; returns how many there were.

    Where there are none nothing has happened, and nothing is recorded.
    """
    if not Memory.objects.expired(now).exists():
        return 0
    with accessing(actor=actor, action="expire", now=now) as access:
        over = Memory.objects.expired(now).order_by("expires_at")
        batch = list(over.select_for_update(skip_locked=True)[:limit])
        remove(batch, actor=actor, now=now)
        access.memory_ids = [memory.pk for memory in batch]
        return len(batch)


def _read_again(memory: Memory) -> Memory:
    return Memory.objects.select_related("owner").with_counts().get(pk=memory.pk)
