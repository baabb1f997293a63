"""The roles, each of which is a group."""

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here, the mightiest first; somebody in two has the mightier."""

    CEO = "CEO"
    MANAGER = "Manager"
    SERVICE = "Service"
    USER = "User"

    @classmethod
    def mightiest(cls, groups: Collection[str]) -> "Role":
        """Return the role of somebody who is in groups of these names."""
        return next((role for role in cls if role in groups), cls.USER)


SIGNS_IN_BY_SECRET = frozenset({Role.SERVICE})
"""Who has secrets that the hub makes; the others choose a password."""
