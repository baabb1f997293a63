"""What Slack sends, as far as it is read.

After https://docs.slack.dev/reference/events.
"""

from typing import Annotated, Any

from pydantic import Field

from connectors.base import Known
from connectors.payload import Lenient

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Ts = Annotated[str, Field(pattern=r"^[0-9]{1,12}\.[0-9]{1,6}$")]
"""A time in seconds since 1970, which is a message's id in its channel, too."""

WRITTEN = {None, "file_share", "me_message", "thread_broadcast"}
"""Subtypes of what a person wrote."""


class Edited(Lenient):
    """When a message was edited."""

    ts: Ts


class File(Lenient):
    """Something attached to a message."""

    name: str | None = None
    title: str | None = None


class Attachment(Lenient):
    """A message that another one shares, or what a link leads to."""

    text: str | None = None
    fallback: str | None = None


class Reaction(Lenient):
    """Who reacted by an emoji."""

    name: str
    users: list[Id] | None = None


class Message(Lenient):
    """A message as events, shortcuts and histories have it."""

    ts: Ts
    user: Id | None = None
    text: str | None = None
    subtype: str | None = None
    thread_ts: Ts | None = None
    parent_user_id: Id | None = None
    bot_id: str | None = None
    edited: Edited | None = None
    files: list[File] | None = None
    attachments: list[Attachment] | None = None
    reactions: list[Reaction] | None = None

    @property
    def as_of(self) -> str:
        """When it became what it is."""
        return self.edited.ts if self.edited else self.ts

    @property
    def noise(self) -> str:
        """Why there is nothing in it to be remembered, if so."""
        if self.bot_id or self.subtype == "bot_message" or self.user == "USLACKBOT":
            return "A bot wrote it."
        if self.subtype not in WRITTEN:
            return f"It is a notice of Slack's own: {self.subtype}."
        return ""


class Deleted(Lenient):
    """What is left of a message that was deleted."""

    thread_ts: Ts | None = None
    bot_id: str | None = None


class MessageEvent(Lenient):
    """Something happened to a message; `ts` is when, and of a new one its own."""

    channel: Id
    channel_type: str | None = None
    ts: Ts
    event_ts: Ts | None = None
    deleted_ts: Ts | None = None
    previous_message: Deleted | None = None
    message: dict[str, Any] | None = None

    @property
    def at(self) -> str:
        """When it happened."""
        return self.event_ts or self.ts


class Item(Lenient):
    """What somebody reacted to."""

    type: str
    channel: Id | None = None
    ts: Ts | None = None


class ReactionEvent(Lenient):
    """Somebody reacted, or took that back."""

    user: Id
    reaction: Annotated[str, Field(max_length=100)]
    item: Item
    event_ts: Ts


class Profile(Lenient):
    """What people say of themselves."""

    real_name: str | None = None
    display_name: str | None = None
    email: str | None = None


class User(Lenient):
    """An account of Slack's."""

    id: Id
    name: str | None = None
    real_name: str | None = None
    profile: Profile | None = None

    @property
    def known(self) -> Known:
        """What we keep of them; a deleted account has its name still."""
        profile = self.profile or Profile()
        names = (profile.real_name, self.real_name, profile.display_name, self.name)
        name = next(filter(None, names), "")
        return Known(id=self.id, name=name, email=profile.email or "")


class Channel(Lenient):
    """A channel by its name."""

    id: Id
    name: str = ""

    @property
    def known(self) -> Known:
        """What we keep of it."""
        return Known(id=self.id, name=f"#{self.name}" if self.name else "")


class Team(Lenient):
    """A workspace; its domain is what its addresses begin with."""

    id: Id
    domain: str = ""

    @property
    def known(self) -> Known:
        """What we keep of it."""
        return Known(id=self.id, name=self.domain)


class UserEvent(Lenient):
    """Somebody joined or changed."""

    user: User


class ChannelEvent(Lenient):
    """A channel was made or renamed."""

    channel: Channel


class Envelope(Lenient):
    """What an event comes in."""

    team_id: Id
    event: dict[str, Any]


class Shortcut(Lenient):
    """Somebody chose a shortcut of a message's menu."""

    callback_id: str
    action_ts: Ts
    team: Team
    channel: Channel
    user: User
    message: Message
