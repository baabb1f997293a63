"""Who may see a memory, and by which rule: the role table, told person by person."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from django.contrib.auth.models import Group
from django.db.models import Q

from accounts.models import User
from accounts.roles import Role
from memories.models import Memory
from memories.permissions import Deed, Scope, scopes
from memories.querysets import CHANGE, VIEW


class Rule(StrEnum):
    """What lets somebody see a memory."""

    ROLE = "role"
    OWNER = "owner"
    STORED = "stored"
    SHARE = "share"
    GROUP = "group"


_IN_WORDS: Mapping[Rule, str] = {
    Rule.ROLE: "{}s see it",
    Rule.OWNER: "the owner",
    Rule.STORED: "stored it",
    Rule.SHARE: "shared with them",
    Rule.GROUP: "shared with {}",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule, and the role or the group that it goes by."""

    rule: Rule
    through: str | None = None

    def __str__(self) -> str:
        return _IN_WORDS[self.rule].format(self.through)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who may see a memory, why, and what they may do with it."""

    user: User
    because: Sequence[Reason]
    may: Sequence[Deed]


def readers_of(memory: Memory) -> list[Reader]:
    """Return everybody who may see a memory: by role, the mightiest first, and address.

    A service is named that stored it; whoever it acts for is named for themselves.
    """
    explaining = _Explaining(memory)
    readers = filter(None, map(explaining.reader, explaining.people()))
    mightiest = list(Role)
    return sorted(
        readers, key=lambda one: (mightiest.index(one.user.role), one.user.email)
    )


def reader_of(memory: Memory, person: User) -> Reader | None:
    """Say why one person may see a memory; None where nothing lets them."""
    return _Explaining(memory).reader(person)


class _Explaining:
    """One memory, its shares looked up once."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    @cached_property
    def shares(self) -> dict[int, set[str]]:
        """The kinds of share that each person has."""
        found: dict[int, set[str]] = {}
        rows = self.memory.user_permissions.values_list(
            "user_id", "permission__codename"
        )
        for person, kind in rows:
            found.setdefault(person, set()).add(kind)
        return found

    @cached_property
    def group_shares(self) -> dict[int, set[str]]:
        """The kinds of share that each group has."""
        found: dict[int, set[str]] = {}
        rows = self.memory.group_permissions.values_list(
            "group_id", "permission__codename"
        )
        for group, kind in rows:
            found.setdefault(group, set()).add(kind)
        return found

    @cached_property
    def names_of_groups(self) -> dict[int, str]:
        """The names of the groups that it is shared with."""
        groups = Group.objects.filter(pk__in=self.group_shares)
        return dict(groups.values_list("pk", "name"))

    def people(self) -> Iterator[User]:
        """Go through the active accounts that a rule may let see it."""
        reading = [role for role in Role if self._whole_role_reads(role)]
        named = {self.memory.owner_id, self.memory.stored_by_id, *self.shares} - {None}
        found = User.objects.with_roles().filter(is_active=True)
        yield from found.filter(
            Q(groups__name__in=reading)
            | Q(pk__in=named)
            | Q(groups__in=list(self.group_shares))
        ).distinct()

    def reader(self, person: User) -> Reader | None:
        """Return why somebody may see it, and what they may do."""
        because = list(self._reasons(person, scopes(person.role, Deed.READ)))
        if not because:
            return None
        may = [
            deed
            for deed in Deed
            if any(self._reasons(person, scopes(person.role, deed)))
        ]
        return Reader(user=person, because=because, may=may)

    def _whole_role_reads(self, role: Role) -> bool:
        allowed = scopes(role, Deed.READ)
        return Scope.ALL in allowed or self._is_insight in allowed

    @property
    def _is_insight(self) -> Scope | None:
        return Scope.INSIGHTS if self.memory.type == "insight" else None

    def _reasons(self, person: User, allowed: AbstractSet[Scope]) -> Iterator[Reason]:
        """Say by which of some scopes a deed is somebody's to do."""
        memory = self.memory
        if Scope.ALL in allowed or self._is_insight in allowed:
            yield Reason(Rule.ROLE, person.role)
        if Scope.OWN in allowed and person.pk == memory.owner_id:
            yield Reason(Rule.OWNER)
        if Scope.STORED in allowed and person.pk == memory.stored_by_id:
            yield Reason(Rule.STORED)
        if Scope.SHARED in allowed:
            yield from self._shared(person, {VIEW, CHANGE})
        elif Scope.SHARED_TO_CHANGE in allowed:
            yield from self._shared(person, {CHANGE})

    def _shared(self, person: User, kinds: AbstractSet[str]) -> Iterator[Reason]:
        if kinds & self.shares.get(person.pk, set()):
            yield Reason(Rule.SHARE)
        for group in person.group_ids:
            if kinds & self.group_shares.get(group, set()):
                yield Reason(Rule.GROUP, self.names_of_groups[group])
