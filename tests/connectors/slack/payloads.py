"""What Slack sends, after its documentation: https://docs.slack.dev/reference/events."""

import json
from typing import Any
from urllib.parse import urlencode

TEAM, CHANNEL, ANN, BOB = "T061EG9R6", "C2147483705", "U2147483697", "U222222222"
TS = "1780315200.000100"
"""2026-06-01, 12:00 in UTC, a Monday."""


def event(event: dict[str, Any], *, id_: str = "", **fields: Any) -> dict[str, Any]:
    """Wrap an event as the Events API does."""
    at = event.get("event_ts", TS)
    return {
        "token": "one-long-verification-token",
        "team_id": TEAM,
        "api_app_id": "A0PNCHHK2",
        "event": event,
        "type": "event_callback",
        "event_id": id_ or f"Ev{event['type']}{event.get('subtype', '')}{at}",
        "event_time": int(float(at)),
        "authorizations": [{"team_id": TEAM, "user_id": "U0BOT", "is_bot": True}],
        "is_ext_shared_channel": False,
        **fields,
    }


def said(text: str, *, ts: str = TS, user: str | None = ANN, **fields: Any) -> Any:
    """Return a message as it is in an event, a shortcut or a history."""
    return {
        "type": "message",
        "user": user,
        "text": text,
        "ts": ts,
        "client_msg_id": "28bd0d7c-0e5b-4f3e-b0ff-0f0f0f0f0f0f",
        "team": TEAM,
        "blocks": [{"type": "rich_text", "block_id": "x", "elements": []}],
        **fields,
    }


def message(text: str, **fields: Any) -> dict[str, Any]:
    """Somebody wrote."""
    one = said(text, **fields)
    where = {"channel": CHANNEL, "event_ts": one["ts"], "channel_type": "channel"}
    return event(where | one)


def edited(text: str, *, at: str, ts: str = TS, **fields: Any) -> dict[str, Any]:
    """Somebody changed what they wrote."""
    return event(
        {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": CHANNEL,
            "channel_type": "channel",
            "ts": at,
            "event_ts": at,
            "message": said(text, ts=ts, edited={"user": ANN, "ts": at}, **fields),
            "previous_message": said("What stood there before", ts=ts, **fields),
        }
    )


def deleted(*, at: str, ts: str = TS, **fields: Any) -> dict[str, Any]:
    """Somebody deleted what they wrote."""
    return event(
        {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "channel": CHANNEL,
            "channel_type": "channel",
            "ts": at,
            "event_ts": at,
            "deleted_ts": ts,
            "previous_message": said("What stood there", ts=ts, **fields),
        }
    )


def reacted(
    name: str, *, at: str, by: str = BOB, ts: str = TS, removed: bool = False
) -> dict[str, Any]:
    """Somebody reacted, or took that back."""
    return event(
        {
            "type": "reaction_removed" if removed else "reaction_added",
            "user": by,
            "reaction": name,
            "item_user": ANN,
            "item": {"type": "message", "channel": CHANNEL, "ts": ts},
            "event_ts": at,
        }
    )


def shortcut(text: str, *, at: str, by: str = BOB, **fields: Any) -> dict[str, Any]:
    """Somebody chose the shortcut from a message's menu."""
    return {
        "type": "message_action",
        "token": "one-long-verification-token",
        "callback_id": "decision",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        "response_url": "https://hooks.slack.com/app-actions/T061EG9R6/1/x",
        "action_ts": at,
        "message_ts": TS,
        "team": {"id": TEAM, "domain": "acme"},
        "channel": {"id": CHANNEL, "name": "pricing"},
        "user": {"id": by, "name": "bob", "team_id": TEAM},
        "message": said(text),
        "is_enterprise_install": False,
        **fields,
    }


def account(id_: str, name: str, email: str = "") -> dict[str, Any]:
    """Return an account as `users.list` and `user_change` have it."""
    profile = {"real_name": name, "display_name": name.lower().split()[0]}
    return {
        "id": id_,
        "team_id": TEAM,
        "name": name.lower().replace(" ", "."),
        "deleted": False,
        "profile": profile | ({"email": email} if email else {}),
    }


def joined(id_: str, name: str, email: str = "") -> dict[str, Any]:
    """Somebody joined the workspace."""
    user = account(id_, name, email)
    return event({"type": "team_join", "user": user, "event_ts": TS}, id_=f"Ev{id_}")


def channel_made(id_: str = CHANNEL, name: str = "pricing") -> dict[str, Any]:
    """A channel was made."""
    channel = {"id": id_, "name": name, "created": 1360782804, "creator": ANN}
    made = {"type": "channel_created", "channel": channel, "event_ts": TS}
    return event(made, id_=f"Ev{id_}")


def as_json(payload: object) -> bytes:
    """Return a body as the Events API sends it."""
    return json.dumps(payload).encode()


def as_form(payload: object) -> bytes:
    """Return a body as interactions send it."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def listed(id_: str = CHANNEL, name: str = "pricing", **fields: Any) -> dict[str, Any]:
    """Return a channel as `conversations.list` has it."""
    known = {"id": id_, "name": name, "is_private": False, "is_member": True}
    return known | fields
