"""The roles, each of which is a group."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is here, the mightiest first; somebody in two has the mightier."""

    CEO = "CEO"
    MANAGER = "Manager"
    SERVICE = "Service"
    USER = "User"
