"""Storing drafts, one or a thousand, in the same few statements.

A draft with an external id is inserted unless its key is taken, and then the key's row
is locked: two callers with one key meet at the database, and the second one updates.
"""

from collections.abc import Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction

from accounts.actor import Actor
from memories import cache, drafting, journaling, retention
from memories.errors import ForbiddenError, HubError, NotFoundError
from memories.models import Memory
from memories.permissions import Deed
from memories.querysets import MemoryQuerySet
from memories.removing import remove
from memories.schemas.draft import Draft
from memories.search import vectors

if TYPE_CHECKING:
    from journal.log import Change

type Key = tuple[str, str]

_LOCK = """
    SELECT memory.source, memory.external_id, memory.id
      FROM unnest(%s::text[], %s::text[])
           WITH ORDINALITY AS key (source, external_id, place)
      JOIN memories_memory AS memory USING (source, external_id)
     ORDER BY place
       FOR UPDATE OF memory
"""


class Status(StrEnum):
    """What storing a draft came to."""

    STORED = "stored"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Stored:
    """A memory as it stands after a draft was stored."""

    memory: Memory
    status: Status


def store_all(
    *, actor: Actor, drafts: Sequence[Draft], now: datetime
) -> list[Stored | HubError]:
    """Store each draft, in the caller's transaction; one outcome each, in order.

    What is wrong with one draft harms no other.
    """
    work = _Storing(actor, drafts, now)
    made = [work.make(draft) for draft in drafts]
    new = [one for one in made if isinstance(one, Memory)]
    births = {memory.pk: journaling.put(memory, actor=actor) for memory in new}
    work.insert(new)
    outcomes: list[Stored | HubError] = []
    for draft, memory in zip(drafts, made, strict=True):
        if isinstance(memory, HubError):
            outcomes.append(memory)
        elif (present := work.holder_of_key(memory)).pk != memory.pk:
            outcomes.append(work.revise(present, draft))
        else:
            work.changes.append(births[memory.pk])
            outcomes.append(Stored(copy(memory), Status.STORED))
    work.save_revised()
    journaling.append(work.changes, now=now)
    return outcomes


class _Storing:
    """What the steps of one call share."""

    def __init__(self, actor: Actor, drafts: Sequence[Draft], now: datetime) -> None:
        self.actor, self.now = actor, now
        self.policies = retention.policies()
        self.owners = drafting.known_owners(draft.owner for draft in drafts)
        self.changes: list[Change] = []
        self.holders: Mapping[Key, Memory] = {}
        self.visible: set[UUID] = set()
        self.changeable: set[UUID] = set()
        self.deletable: set[UUID] = set()
        self.revised: dict[UUID, Memory] = {}

    def make(self, draft: Draft) -> Memory | HubError:
        """Return the memory that a draft describes, or what is wrong with it."""
        try:
            return drafting.make(
                actor=self.actor,
                draft=draft,
                owners=self.owners,
                policies=self.policies,
                now=self.now,
            )
        except HubError as error:
            return error

    def insert(self, memories: Sequence[Memory]) -> None:
        """Insert what has no key or a free one, and lock the rows of all keys."""
        in_lock_order = sorted(memories, key=lambda memory: _key(memory) or ("", ""))
        Memory.objects.bulk_create(in_lock_order, ignore_conflicts=True)
        ours = {memory.pk: memory for memory in memories}
        keys = {key for memory in memories if (key := _key(memory))}
        self.lock(keys, ours)
        while keys - self.holders.keys():
            # A holder was deleted before it could be locked: its key is free now.
            Memory.objects.bulk_create(in_lock_order, ignore_conflicts=True)
            self.lock(keys, ours)
        self.visible, self.changeable, self.deletable = set(ours), set(ours), set(ours)
        theirs = {one.pk for one in self.holders.values()} - ours.keys()
        if theirs:
            others = Memory.objects.filter(pk__in=theirs).visible_to(self.actor)
            self.visible |= _ids(others)
            self.changeable |= _ids(others.permitted(self.actor, Deed.CHANGE))
            self.deletable |= _ids(others.permitted(self.actor, Deed.DELETE))

    def lock(self, keys: Set[Key], ours: Mapping[UUID, Memory]) -> None:
        """Lock the rows that have the keys; one that has expired gives its key up."""
        if not keys:
            return
        places = _locked(keys)
        theirs = set(places.values()) - ours.keys()
        others = (
            Memory.objects.select_related("owner").with_counts().in_bulk(theirs)
            if theirs
            else {}
        )
        over = [one for one in others.values() if one.has_expired(self.now)]
        if over:
            remove(over, actor=self.actor, now=self.now)
        alive = {**ours, **others}
        for one in over:
            del alive[one.pk]
        self.holders = {key: alive[pk] for key, pk in places.items() if pk in alive}

    def holder_of_key(self, memory: Memory) -> Memory:
        """Return who has a memory's key: itself, unless another was there first."""
        key = _key(memory)
        return self.holders[key] if key else memory

    def revise(self, memory: Memory, draft: Draft) -> Stored | HubError:
        """Bring the memory that has a draft's key up to the draft."""
        try:
            if memory.pk not in self.changeable:
                raise self.refusal(memory)
            before = copy(memory)
            if not drafting.revise(
                actor=self.actor,
                memory=memory,
                named=draft,
                owners=self.owners,
                policies=self.policies,
                may_delete=memory.pk in self.deletable,
                now=self.now,
            ):
                return Stored(copy(memory), Status.UNCHANGED)
        except HubError as error:
            return error
        self.revised[memory.pk] = memory
        self.changes.append(journaling.put(memory, actor=self.actor))
        transaction.on_commit(lambda: cache.drop([before]))
        return Stored(copy(memory), Status.UPDATED)

    def refusal(self, memory: Memory) -> HubError:
        """Say that a key is another's, in words that tell nothing of what is hidden."""
        if memory.pk not in self.visible:
            return NotFoundError()
        msg = "Its source and external_id belong to a memory that you may not change."
        return ForbiddenError(msg)

    def save_revised(self) -> None:
        """Write the revised rows in one statement."""
        if self.revised:
            Memory.objects.bulk_update(self.revised.values(), drafting.REVISABLE)
            vectors.forget(self.revised.keys())


def _locked(keys: Set[Key]) -> dict[Key, UUID]:
    """Lock the rows that have some keys, in the order in which keys are inserted."""
    sources, names = zip(*sorted(keys), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(sources), list(names)])
        return {(source, name): pk for source, name, pk in cursor.fetchall()}


def _key(memory: Memory) -> Key | None:
    return (memory.source, memory.external_id) if memory.external_id else None


def _ids(memories: MemoryQuerySet) -> set[UUID]:
    return set(memories.values_list("pk", flat=True))
