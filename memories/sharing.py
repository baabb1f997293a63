"""Sharing: who beside its owner and the roles may see a memory, or change it.

A share is one row of guardian's: `change` implies `view`, so nobody has both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Role
from memories import drafting
from memories.errors import Fault, InvalidError, NotFoundError
from memories.models import Memory, MemoryGroupPermission, MemoryUserPermission
from memories.querysets import CHANGE, VIEW
from memories.schemas.sharing import Can

type Grant = MemoryUserPermission | MemoryGroupPermission
type Grants = QuerySet[MemoryUserPermission] | QuerySet[MemoryGroupPermission]

_PERMISSIONS: Mapping[Can, str] = {"view": VIEW, "change": CHANGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Who has been given a memory, a person or a group, and what they may do."""

    user: User | None = None
    group: Group | None = None
    can: Can


@dataclass(frozen=True, slots=True)
class Shared:
    """A share as it stands, and what sharing came to."""

    share: Share
    is_new: bool
    is_changed: bool


def grant(
    memory: Memory, *, with_user: str | None, with_group: str | None, can: Can
) -> Shared:
    """Share a memory that the caller has locked; what was granted before is replaced.

    Raises:
        InvalidError: it cannot be shared with them, and why.
    """
    _only_one(with_user, with_group)
    if with_user:
        person = _person(with_user, memory)
        share = Share(user=person, can=can)
        grants: Grants = memory.user_permissions.filter(user=person)
        row: Grant = MemoryUserPermission(content_object=memory, user=person)
    else:
        group = _team(with_group or "")
        share = Share(group=group, can=can)
        grants = memory.group_permissions.filter(group=group)
        row = MemoryGroupPermission(content_object=memory, group=group)
    wanted = _PERMISSIONS[can]
    had = set(grants.values_list("permission__codename", flat=True))
    if had == {wanted}:
        return Shared(share, is_new=False, is_changed=False)
    grants.delete()
    row.permission = Permission.objects.get_by_natural_key(wanted, "memories", "memory")
    row.save()
    return Shared(share, is_new=not had, is_changed=True)


def revoke(
    memory: Memory, *, with_user: str | None, with_group: str | None, can: Can | None
) -> None:
    """Take a share back; with `can`, only one of that kind.

    Raises:
        InvalidError: neither a person nor a group is named, or both.
        NotFoundError: it is not shared so.
    """
    _only_one(with_user, with_group)
    grants: Grants = (
        memory.user_permissions.filter(user__in=User.objects.at_address(with_user))
        if with_user
        else memory.group_permissions.filter(group__name=with_group)
    )
    if can:
        grants = grants.filter(permission__codename=_PERMISSIONS[can])
    count, _ = grants.delete()
    if not count:
        what = f" to {can}" if can else ""
        msg = f"This memory is not shared with {with_user or with_group}{what}."
        raise NotFoundError(msg)


def shares_of(memory: Memory) -> Sequence[Share]:
    """Return with whom a memory is shared: people first, by address, then groups."""
    people = memory.user_permissions.select_related("user", "permission")
    groups = memory.group_permissions.select_related("group", "permission")
    # `change` comes last, and wins where somebody wrote a row of each by hand.
    found: dict[User | Group, Share] = {}
    for one in people.order_by("user__email", "-permission__codename"):
        found[one.user] = Share(user=one.user, can=_can(one.permission))
    for other in groups.order_by("group__name", "-permission__codename"):
        found[other.group] = Share(group=other.group, can=_can(other.permission))
    return list(found.values())


def _can(permission: Permission) -> Can:
    return "change" if permission.codename == CHANGE else "view"


def _only_one(with_user: str | None, with_group: str | None) -> None:
    if bool(with_user) == bool(with_group):
        detail = "name a user or a group, " + (
            "not both" if with_user else "one of them"
        )
        raise InvalidError([Fault("/user", detail), Fault("/group", detail)])


def _person(email: str, memory: Memory) -> User:
    """Return whom an address names, if a share would let them see more."""
    person = drafting.known_owners([email]).get(email.lower())
    if person is None or not person.is_active:
        detail = f"no active account has the address {email}"
    elif person.pk == memory.owner_id:
        detail = f"{email} owns this memory, and may do everything with it already"
    elif person.role is Role.SERVICE:
        detail = f"{email} is a service, which sees what it stored and no shares"
    else:
        return person
    raise InvalidError([Fault("/user", detail)])


def _team(name: str) -> Group:
    """Return the group that has a name, unless it is a role."""
    group = Group.objects.filter(name=name).first()
    if group is None:
        detail = f"there is no group {name}"
    elif group.name in set(Role):
        detail = (
            f"{name} is a role and no team: share with a group of people, or a person"
        )
    else:
        return group
    raise InvalidError([Fault("/group", detail)])
