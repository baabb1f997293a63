"""A Slack that can be made to misbehave."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from tests.connectors.fakes import AnsweringInJson, FakeApi


class FakeSlackApi(FakeApi):
    """A workspace behind Slack's API, which has its troubles when told to."""

    def __init__(self) -> None:
        super().__init__(_Slack, "/api/")
        self.users: list[dict[str, Any]] = []
        self.channels: list[dict[str, Any]] = []
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.seconds = 0.0
        self.errors: dict[str, str] = {}
        """What methods are refused with."""
        self.asked: list[tuple[str, dict[str, str]]] = []

    def answer(self, method: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """Answer as Slack documents it, a page at a time."""
        if error := self.errors.get(f"{method}:{asked.get('types')}"):
            return {"ok": False, "error": error}
        if error := self.errors.get(method):
            return {"ok": False, "error": error}
        match method:
            case "auth.test":
                url = "https://acme.slack.com/"
                return {"ok": True, "url": url, "team_id": "T061EG9R6"}
            case "users.list":
                return self.paged("members", self.users, asked)
            case "conversations.list":
                is_private = asked["types"] == "private_channel"
                kind = [one for one in self.channels if one["is_private"] is is_private]
                return self.paged("channels", kind, asked)
            case "conversations.history":
                inside = self.inside(asked)
                first = [
                    one for one in inside if one.get("thread_ts") in (None, one["ts"])
                ]
                return self.paged("messages", first[::-1], asked)
            case "conversations.replies":
                return self.paged("messages", self.thread(asked), asked)
        return {"ok": False, "error": "unknown_method"}

    def inside(self, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what was written in a channel, within the bounds."""
        oldest, latest = asked.get("oldest", "0"), asked.get("latest", "9999999999")
        return [
            one
            for one in self.messages.get(asked["channel"], [])
            if float(oldest) < float(one["ts"]) < float(latest)
        ]

    def thread(self, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return a thread; its first message comes whatever the bounds."""
        first = [
            one for one in self.messages[asked["channel"]] if one["ts"] == asked["ts"]
        ]
        replies = [
            one for one in self.inside(asked) if one.get("thread_ts") == asked["ts"]
        ]
        return first + [one for one in replies if one["ts"] != asked["ts"]]

    def paged(
        self, key: str, rows: Sequence[object], asked: Mapping[str, str]
    ) -> dict[str, Any]:
        begin = int(asked.get("cursor", "page:0").removeprefix("page:"))
        end = begin + self.page
        cursor = f"page:{end}" if end < len(rows) else ""
        return {
            "ok": True,
            key: rows[begin:end],
            "has_more": bool(cursor),
            "response_metadata": {"next_cursor": cursor},
        }


class _Slack(AnsweringInJson):
    server: FakeSlackApi

    def do_POST(self) -> None:
        fake, method = self.server, self.path.removeprefix("/api/")
        asked = dict(parse_qsl(self.content().decode()))
        fake.asked.append((method, asked))
        if fake.seconds:
            time.sleep(fake.seconds)
        self.reply(fake.answer(method, asked), trouble=self.next_trouble())
