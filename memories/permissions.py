"""The role table: what each role may do with which memories, as one table of data.

`MemoryQuerySet.permitted` turns a row of it into a database condition; nothing else
decides who may see or change a memory.
"""

from collections.abc import Mapping, Set
from enum import Enum, auto

from accounts.roles import Role


class Deed(Enum):
    """What an actor wants to do with a memory that exists."""

    READ = auto()
    CHANGE = auto()
    DELETE = auto()
    ANNOTATE = auto()
    SHARE = auto()


class Scope(Enum):
    """Which memories."""

    ALL = auto()
    OWN = auto()
    """The actor is the owner."""
    STORED = auto()
    """The actor is the service that stored it."""
    INSIGHTS = auto()
    SHARED = auto()
    """Shared with the actor or one of its groups, to view or to change."""
    SHARED_TO_CHANGE = auto()


MAY: Mapping[Role, Mapping[Deed, Set[Scope]]] = {
    Role.CEO: {deed: {Scope.ALL} for deed in Deed},
    Role.MANAGER: {
        Deed.READ: {Scope.ALL},
        Deed.CHANGE: {Scope.OWN, Scope.INSIGHTS},
        Deed.DELETE: {Scope.OWN, Scope.INSIGHTS},
        Deed.ANNOTATE: {Scope.ALL},
        Deed.SHARE: {Scope.OWN, Scope.INSIGHTS},
    },
    Role.USER: {
        Deed.READ: {Scope.OWN, Scope.SHARED},
        Deed.CHANGE: {Scope.OWN, Scope.SHARED_TO_CHANGE},
        Deed.DELETE: {Scope.OWN},
        Deed.ANNOTATE: {Scope.OWN, Scope.SHARED},
        Deed.SHARE: {Scope.OWN},
    },
    Role.SERVICE: {
        Deed.READ: {Scope.STORED},
        Deed.CHANGE: {Scope.STORED},
        Deed.DELETE: {Scope.STORED},
        Deed.ANNOTATE: set(),
        Deed.SHARE: set(),
    },
}


class Ownership(Enum):
    """Whose memories an actor may store."""

    ANYONES = auto()
    OWN = auto()
    NAMED = auto()
    """Anyone's; an owner without an account leaves the memory unassigned."""


STORES: Mapping[Role, Ownership] = {
    Role.CEO: Ownership.ANYONES,
    Role.MANAGER: Ownership.OWN,
    Role.USER: Ownership.OWN,
    Role.SERVICE: Ownership.NAMED,
}
STORES_OF_TYPE: Mapping[tuple[Role, str], Ownership] = {
    (Role.MANAGER, "insight"): Ownership.ANYONES,
}


def may_store(role: Role | None, type_: str) -> Ownership:
    """Return whose memories of a type a role may store; None is the hub itself."""
    if role is None:
        return Ownership.NAMED
    return STORES_OF_TYPE.get((role, type_), STORES[role])


def scopes(role: Role | None, deed: Deed) -> Set[Scope]:
    """Return which memories a role may do a deed with; None is the hub itself."""
    return {Scope.ALL} if role is None else MAY[role][deed]


def may_administer(role: Role | None) -> bool:
    """Say whether a role has the audit, retention, subjects and accounts."""
    return role in {None, Role.CEO}
