"""With whom a memory is to be shared, or no longer."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Name, Strict
from .draft import Email

Can = Literal["view", "change"]

GroupName = Annotated[Name, Field(max_length=150)]


class ShareRequest(Strict):
    """A person, by e-mail address, or a group, by name; and what they may do.

    Exactly one of `user` and `group`. To share again with another `can` replaces it.
    """

    user: Email | None = None
    group: GroupName | None = None
    can: Can


class UnshareRequest(Strict):
    """A person or a group, exactly one; with `can`, only a share of that kind."""

    user: Email | None = None
    group: GroupName | None = None
    can: Can | None = None
