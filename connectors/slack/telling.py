"""From the parts of a message to its memories: what was said, and what it decided."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.actions import action_items, plain
from connectors.base import Directory, Telling
from connectors.slack.rules import SlackRules
from connectors.wording import fitting
from memories.schemas.draft import Draft

PEOPLE = 30
"""How many participants a memory names."""

_TOKEN = re.compile(r"<([^<>\n]+)>")


def tell(
    thing: str,
    parts: Mapping[str, Mapping[str, Any]],
    directory: Directory,
    rules: SlackRules,
) -> Sequence[Telling]:
    """Tell a message, and the decision that it is where somebody says so."""
    message = parts.get("message")
    if message is None:
        return []
    telling = _Telling(thing, message, directory)
    if not telling.text.strip():
        return []
    decision = telling.decision(parts, rules)
    return [telling.chat(), *([decision] if decision else [])]


def as_read(text: str, directory: Directory) -> str:
    """Return a text as Slack shows it; a mention is `@{Ann Lee}`.

    After https://docs.slack.dev/messaging/formatting-message-text.
    """
    shown = _TOKEN.sub(lambda found: _shown(found[1], directory), text)
    return html.unescape(shown)


class _Telling:
    """What the memories of one message share."""

    def __init__(
        self, thing: str, message: Mapping[str, Any], directory: Directory
    ) -> None:
        self.thing, self.message, self.directory = thing, message, directory
        self.team, self.channel, self.ts = thing.split("/")
        self.at = _time(self.ts)
        self.text = as_read(message["text"], directory)
        if message["files"]:
            attached = f"Attached: {', '.join(message['files'])}"
            self.text = f"{self.text}\n\n{attached}" if self.text else attached

    def chat(self) -> Telling:
        """Tell what was said."""
        spoken_of = (self.message["user"], self.message["parent_user"])
        names = [self.name(one) for one in spoken_of if one]
        names += _mentioned(self.message["text"], self.directory)
        channel = self.directory.get(self.channel)
        content = {
            "message": fitting(plain(self.text)),
            "author": self.author,
            "channel": channel.name if channel else None,
            "session_id": f"{self.team}/{self.channel}/{self.message['thread_ts']}",
            "participants": list(dict.fromkeys(names))[:PEOPLE],
            "url": self.url(),
            "action_items": self.actions(self.text),
        }
        return Telling(
            draft=self.draft("chat", self.thing, content, self.at),
            owner=self.message["user"],
        )

    def decision(
        self, parts: Mapping[str, Mapping[str, Any]], rules: SlackRules
    ) -> Telling | None:
        """Tell what was decided, where a prefix, a reaction or a shortcut says so."""
        said = _after_prefix(self.text, rules.decision_prefixes)
        by = [
            part
            for key, part in sorted(parts.items())
            if key == "promoted"
            or (key.startswith("reaction:") and rules.decides(key.split(":")[1]))
        ]
        if said is None and not by:
            return None
        times = [self.ts] if said is not None else [part["at"] for part in by]
        at = _time(min(times))
        names = [self.author, *(self.name(part["by"]) for part in by)]
        text = said[:1].upper() + said[1:] if said else self.text
        content = {
            "decision": fitting(plain(text)),
            "status": "accepted",
            "decided_by": list(dict.fromkeys(filter(None, names)))[:PEOPLE],
            "decided_at": at.isoformat(),
            "url": self.url(),
            "action_items": self.actions(text),
        }
        return Telling(
            draft=self.draft("decision", f"{self.thing}:decision", content, at),
            owner=self.message["user"],
            evidence=[self.thing],
            rests_on_group=True,
        )

    def draft(
        self, type_: str, external_id: str, content: Mapping[str, Any], at: datetime
    ) -> Draft:
        """Return a draft of what is said in a content."""
        return Draft(
            type=type_,
            source="slack",
            external_id=external_id,
            content={key: value for key, value in content.items() if value},
            occurred_at=at,
        )

    def actions(self, text: str) -> list[dict[str, Any]]:
        """Return what somebody is to do."""
        items = action_items(text, at=self.at)
        return [item.model_dump(mode="json", exclude_none=True) for item in items]

    @property
    def author(self) -> str | None:
        """Who wrote it."""
        return self.name(self.message["user"]) if self.message["user"] else None

    def name(self, person: str) -> str:
        """Return somebody's name; who is not known yet goes by their id."""
        known = self.directory.get(person)
        return known.name if known and known.name else person

    def url(self) -> str:
        """Return where it can be read; without the workspace's domain, its channel."""
        team = self.directory.get(self.team)
        if team is None or not team.name:
            return (
                "https://slack.com/app_redirect"
                f"?team={self.team}&channel={self.channel}&message_ts={self.ts}"
            )
        number = self.ts.replace(".", "")
        url = f"https://{team.name}.slack.com/archives/{self.channel}/p{number}"
        thread = self.message["thread_ts"]
        if thread == self.ts:
            return url
        return f"{url}?thread_ts={thread}&cid={self.channel}"


def _time(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def _mentioned(text: str, directory: Directory) -> Iterator[str]:
    for found in _TOKEN.finditer(text):
        if found[1].startswith("@"):
            yield _named(found[1][1:], directory)


def _named(reference: str, directory: Directory) -> str:
    """Return the name behind `U1` or `U1|ann`."""
    one, _, label = reference.partition("|")
    known = directory.get(one)
    return (known.name if known else "") or label or one


def _shown(token: str, directory: Directory) -> str:
    """Return what Slack shows for what stands in angle brackets."""
    target, _, label = token.partition("|")
    match token[0]:
        case "@":
            return f"@{{{_named(token[1:], directory)}}}"
        case "#":
            return f"#{_named(token[1:], directory).removeprefix('#')}"
        case "!" if label:
            return label
        case "!":
            return f"@{target[1:].partition('^')[0]}"
        case _:
            address = target.removeprefix("mailto:").removeprefix("tel:")
            if not label or label in {target, address}:
                return address
            return f"{label} ({address})"


def _after_prefix(text: str, prefixes: Sequence[str]) -> str | None:
    """Return the paragraph that says of itself that it is a decision."""
    fronts = "|".join(re.escape(prefix) for prefix in prefixes)
    found = re.search(
        rf"^[ \t>*_~•-]*(?P<front>{fronts})(?![A-Za-z])(?P<said>.*(?:\n.*\S.*)*)",
        text,
        re.IGNORECASE | re.MULTILINE,
    )
    if not prefixes or found is None:
        return None
    said = found["said"].strip(" \t\n*_~")
    if not found["front"].endswith(":") and not said.startswith(":"):
        said = f"{found['front']} {said}"
    return said.removeprefix(":").strip() or None
