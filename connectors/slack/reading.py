"""From what Slack sends to parts of messages.

A thing is a message, named `team/channel/ts`, and its group is the thread. Its parts
are `message`, `reaction:<name>:<user>` and `promoted`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import (
    Directory,
    Incoming,
    Known,
    Label,
    Part,
    Reading,
    UnreadableError,
)
from connectors.payload import digest_of, read_as
from connectors.slack.rules import SlackRules
from connectors.slack.shapes import (
    ChannelEvent,
    Deleted,
    Envelope,
    Message,
    MessageEvent,
    ReactionEvent,
    Shortcut,
    UserEvent,
)

MENTIONED = re.compile(r"<[@#]([A-Za-z0-9]+)[^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel of a workspace."""

    team: str
    channel: str
    is_public: bool = True

    def thing(self, ts: str) -> str:
        """Name a message, or a thread by its first one."""
        return f"{self.team}/{self.channel}/{ts}"

    def refusal(self, directory: Directory, rules: SlackRules) -> str:
        """Say why nothing of it is remembered, if so."""
        known = directory.get(self.channel)
        name = known.name.removeprefix("#") if known else ""
        if rules.allow(self.channel, name, is_public=self.is_public):
            return ""
        return f"The rules do not name the channel {name or self.channel}."


def label_of(incoming: Incoming, payload: Mapping[str, Any]) -> Label:
    """Say what a delivery is.

    Raises:
        UnreadableError: it is a handshake without a challenge.
    """
    kind, event = payload.get("type"), payload.get("event")
    if kind == "url_verification":
        challenge = payload.get("challenge")
        if not isinstance(challenge, str):
            msg = "/challenge: must be a text"
            raise UnreadableError(msg)
        return Label(id="", event=kind, answer={"challenge": challenge})
    if kind == "event_callback" and isinstance(event, dict):
        words = (event.get("type"), event.get("subtype"))
        kind = ".".join(word for word in words if isinstance(word, str))
    id_ = payload.get("event_id")
    return Label(
        id=id_ if isinstance(id_, str) and id_ else digest_of(incoming.body),
        event=kind if isinstance(kind, str) else "",
    )


def read(
    event: str, payload: Mapping[str, Any], directory: Directory, rules: SlackRules
) -> Reading:
    """Take a delivery apart.

    Raises:
        UnreadableError: it is not what Slack documents.
    """
    match payload.get("type"):
        case "event_callback":
            return _read_event(read_as(Envelope, payload), directory, rules)
        case "message_action":
            return _read_shortcut(read_as(Shortcut, payload), directory, rules)
        case "app_rate_limited":
            return _held_back()
        case str(kind):
            return _nothing_of(kind)
        case _:
            msg = "/type: must be a text"
            raise UnreadableError(msg)


def parts_of(place: Place, message: Message, rules: SlackRules) -> Sequence[Part]:
    """Return the parts of a message that a person wrote, as a history has it."""
    # When somebody reacted is not said; whatever an event says is newer.
    reactions = [
        _reaction_part(place, message.ts, each.name, user, at=message.ts)
        for each in message.reactions or ()
        if rules.decides(_plain(each.name))
        for user in each.users or ()
    ]
    return [_message_part(place, message, revision=message.as_of), *reactions]


def _read_event(envelope: Envelope, directory: Directory, rules: SlackRules) -> Reading:
    event = envelope.event
    match event.get("type"):
        case "message":
            return _read_message(envelope, directory, rules)
        case "reaction_added" | "reaction_removed":
            return _read_reaction(envelope, directory, rules)
        case "user_change" | "team_join" | "user_profile_changed":
            return Reading(people=[read_as(UserEvent, event).user.known])
        case "channel_created" | "channel_rename" | "group_rename":
            return Reading(people=[read_as(ChannelEvent, event).channel.known])
        case "team_domain_change":
            domain = str(event.get("domain", ""))
            return Reading(people=[Known(id=envelope.team_id, name=domain)])
        case "app_rate_limited":
            return _held_back()
        case str(kind):
            return _nothing_of(kind)
        case _:
            msg = "/event/type: must be a text"
            raise UnreadableError(msg)


def _read_message(
    envelope: Envelope, directory: Directory, rules: SlackRules
) -> Reading:
    event = read_as(MessageEvent, envelope.event)
    place = Place(
        team=envelope.team_id,
        channel=event.channel,
        is_public=_is_public(event.channel, event.channel_type),
    )
    if refusal := place.refusal(directory, rules):
        return Reading(ignored=refusal)
    match envelope.event.get("subtype"):
        case "message_deleted":
            return _read_deletion(place, event)
        case "message_changed":
            message = read_as(Message, event.message)
        case _:
            message = read_as(Message, envelope.event)
    if message.subtype == "tombstone":
        return Reading(parts=[_gone(place, message.ts, event.at, message.thread_ts)])
    if message.noise:
        return Reading(ignored=message.noise)
    return Reading(parts=[_message_part(place, message, revision=event.at)])


def _read_deletion(place: Place, event: MessageEvent) -> Reading:
    if event.deleted_ts is None:
        msg = "/event/deleted_ts: is missing"
        raise UnreadableError(msg)
    before = event.previous_message or Deleted()
    if before.bot_id:
        return Reading(ignored="A bot wrote what was deleted.")
    gone = _gone(place, event.deleted_ts, event.at, before.thread_ts)
    return Reading(parts=[gone])


def _read_reaction(
    envelope: Envelope, directory: Directory, rules: SlackRules
) -> Reading:
    event = read_as(ReactionEvent, envelope.event)
    item, name = event.item, _plain(event.reaction)
    if item.channel is None or item.ts is None:
        return Reading(ignored=f"Nothing is remembered of reactions to a {item.type}.")
    if not rules.decides(name):
        return Reading(ignored=f"By the rules :{name}: decides nothing.")
    place = Place(
        team=envelope.team_id,
        channel=item.channel,
        is_public=_is_public(item.channel, None),
    )
    if refusal := place.refusal(directory, rules):
        return Reading(ignored=refusal)
    return Reading(
        parts=[
            _reaction_part(
                place,
                item.ts,
                name,
                event.user,
                at=event.event_ts,
                is_gone=envelope.event["type"] == "reaction_removed",
            )
        ]
    )


def _read_shortcut(
    shortcut: Shortcut, directory: Directory, rules: SlackRules
) -> Reading:
    if shortcut.callback_id != rules.decision_shortcut:
        return Reading(ignored=f"No shortcut has the id {shortcut.callback_id}.")
    channel = shortcut.channel
    is_named = channel.name not in {"directmessage", "privategroup"}
    place = Place(
        team=shortcut.team.id,
        channel=channel.id,
        is_public=is_named and _is_public(channel.id, None),
    )
    people = [shortcut.team.known, *([channel.known] if place.is_public else [])]
    message = shortcut.message
    refusal = place.refusal(directory, rules)
    if refusal or message.noise:
        return Reading(people=people, ignored=refusal or message.noise)
    promoted = Part(
        thing=place.thing(message.ts),
        key="promoted",
        revision=shortcut.action_ts,
        data={"by": shortcut.user.id, "at": shortcut.action_ts},
        people=[shortcut.user.id],
    )
    return Reading(parts=[*parts_of(place, message, rules), promoted], people=people)


def _message_part(place: Place, message: Message, *, revision: str) -> Part:
    names = (file.name or file.title for file in message.files or ())
    quotes = (each.text or each.fallback for each in message.attachments or ())
    text = message.text or "\n".join(filter(None, quotes))
    spoken_of = (message.user, message.parent_user_id, *MENTIONED.findall(text))
    return Part(
        thing=place.thing(message.ts),
        key="message",
        revision=revision,
        data={
            "text": text,
            "user": message.user,
            "parent_user": message.parent_user_id,
            "thread_ts": message.thread_ts or message.ts,
            "files": [name for name in names if name],
        },
        people=[*dict.fromkeys(filter(None, (*spoken_of, place.channel, place.team)))],
        group=place.thing(message.thread_ts or message.ts),
    )


def _gone(place: Place, ts: str, revision: str, thread_ts: str | None) -> Part:
    return Part(
        thing=place.thing(ts),
        key="message",
        revision=revision,
        data=None,
        group=place.thing(thread_ts) if thread_ts else "",
    )


def _reaction_part(
    place: Place, ts: str, name: str, user: str, *, at: str, is_gone: bool = False
) -> Part:
    return Part(
        thing=place.thing(ts),
        key=f"reaction:{_plain(name)}:{user}",
        revision=at,
        data=None if is_gone else {"by": user, "at": at},
        people=[user],
    )


def _plain(reaction: str) -> str:
    """Return an emoji's name without its tone of skin."""
    return reaction.partition("::")[0]


def _is_public(channel: str, kind: str | None) -> bool:
    """Say whether all of a workspace can read a channel, by its kind or its id."""
    return kind == "channel" if kind else channel.startswith("C")


def _nothing_of(kind: str) -> Reading:
    return Reading(ignored=f"Nothing is remembered of {kind}.")


def _held_back() -> Reading:
    return Reading(ignored="Slack held events back: `manage.py backfill` gets them.")
