"""Who is doing something, in which role, on whose behalf, and by which way in."""

from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import User
from accounts.roles import Role
from accounts.scopes import ALL, Scopes

UNKNOWN = "unknown"
"""The name of somebody who has given none that can be kept."""


class Channel(StrEnum):
    """The ways into the hub."""

    API = "api"
    ADMIN = "admin"
    MCP = "mcp"
    WEBHOOK = "webhook"
    TASK = "task"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a call comes from."""

    channel: Channel
    ip: str | None = None
    user_agent: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(Origin):
    """Whoever calls one of the hub's verbs; the hub itself has no user."""

    user: User | None
    behalf: User | None = None
    scopes: Scopes = ALL

    @property
    def role(self) -> Role | None:
        """The actor's own role; None is the hub itself, which may do everything."""
        return self.user.role if self.user else None

    @property
    def reader(self) -> User | None:
        """The person whose view the actor has."""
        return self.behalf or self.user

    @property
    def only_looks(self) -> bool:
        """Whether somebody views the hub as another person, and so changes nothing."""
        return self.behalf is not None and self.role is not Role.SERVICE

    @property
    def actor_id(self) -> int | None:
        """The account's id, for the audit."""
        return self.user.pk if self.user else None

    @property
    def actor_name(self) -> str:
        """The account's address, for the audit."""
        return self.user.email if self.user else "memory-hub"

    @property
    def behalf_name(self) -> str:
        """The address of the person acted for, for the audit."""
        return self.behalf.email if self.behalf else ""

    @property
    def role_name(self) -> str:
        """The role's name, for the audit."""
        return self.role or "Hub"


def hub(channel: Channel) -> Actor:
    """Return the hub itself as an actor, as in a task or a command."""
    return Actor(user=None, channel=channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger(Origin):
    """Somebody who has not shown who they are, and can do nothing but be recorded."""

    actor_name: str
    actor_id: None = None
    behalf_name: str = ""
    role_name: str = "Stranger"


def claimed_name(given: str) -> str:
    """Return the address that a stranger gave, to be kept by the audit and the like.

    What is no address is not kept: some type their password where the name belongs.
    """
    try:
        validate_email(given)
    except ValidationError:
        return UNKNOWN
    return given[:254]
