"""What Slack's API tells of the past, channel by channel.

After https://docs.slack.dev/reference/methods/conversations.history.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from http.client import IncompleteRead
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
)
from slack_sdk.http_retry.handler import RetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from connectors.base import Known, Page, Part, Span, UnreadableError
from connectors.payload import read_as, storable
from connectors.slack.reading import Place, parts_of
from connectors.slack.rules import SlackRules
from connectors.slack.shapes import Channel, Message, User

logger = structlog.get_logger(__name__)

PAGE = 200
"""How many messages a page has, as many as Slack recommends at most."""
LIVELY = timedelta(days=30)
"""For how long after its first message a thread is looked at for new replies."""
RETRIES = 6
TIMEOUT_SECONDS = 30
LOST: list[type[Exception]] = [URLError, ConnectionError, IncompleteRead, TimeoutError]


class _ServerErrors(RetryHandler):
    """Try again when Slack itself fails."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        status = response.status_code if response else 0
        return status >= HTTPStatus.INTERNAL_SERVER_ERROR


def history(span: Span, rules: SlackRules) -> Iterator[Page]:
    """Ask for the messages of a span, in all channels that the rules allow.

    A page's cursor has the channels that are left, and where in the first one to go on.

    Raises:
        SlackApiError: Slack refuses, as when the token was revoked.
        OSError: nobody answers, however often it is asked.
    """
    archive = _Archive(span, rules)
    cursor = dict(span.cursor) if span.cursor else None
    if cursor is None:
        people, channels = archive.people(), archive.channels()
        cursor = {"left": channels, "page": "", "total": len(channels)}
        people += [Known(id=each["id"], name=f"#{each['name']}") for each in channels]
        yield _page([], cursor, people=people)
    while left := cursor["left"]:
        parts, page = archive.messages(left[0], cursor["page"])
        cursor = cursor | {"left": left if page else left[1:], "page": page}
        yield _page(parts, cursor)


def _page(
    parts: list[Part], cursor: Mapping[str, Any], *, people: list[Known] | None = None
) -> Page:
    return Page(
        parts=parts,
        people=people or (),
        cursor=cursor if cursor["left"] else None,
        done=cursor["total"] - len(cursor["left"]),
        total=cursor["total"],
    )


class _Archive:
    """A workspace's past, as far as a token reaches."""

    def __init__(self, span: Span, rules: SlackRules) -> None:
        api = settings.CONNECTOR_APIS["slack"]
        self.span, self.rules = span, rules
        self.client = WebClient(
            token=api["token"],
            base_url=api["url"].rstrip("/") + "/",
            timeout=TIMEOUT_SECONDS,
            retry_handlers=[
                RateLimitErrorRetryHandler(max_retry_count=RETRIES),
                ConnectionErrorRetryHandler(max_retry_count=RETRIES, error_types=LOST),
                _ServerErrors(max_retry_count=RETRIES),
            ],
        )
        self.itself = self.ask("auth.test")

    def ask(self, method: str, **params: Any) -> Mapping[str, Any]:
        """Ask once, which is again where Slack was busy, down or cut off."""
        answer = self.client.api_call(method, params=params).data
        if not isinstance(answer, dict):
            msg = f"{method} was answered with no JSON object."
            raise UnreadableError(msg)
        return {key: storable(value) for key, value in answer.items()}

    def all(self, method: str, key: str, **params: Any) -> Iterator[Any]:
        """Ask for one page after the other."""
        page = ""
        while True:
            answer = self.ask(method, **params, **({"cursor": page} if page else {}))
            yield from answer[key]
            page = _next(answer)
            if not page:
                return

    def people(self) -> list[Known]:
        """Return all accounts, and the workspace by its domain."""
        host = urlsplit(self.itself["url"]).hostname or ""
        itself = Known(id=self.itself["team_id"], name=host.partition(".")[0])
        users = self.all("users.list", "members", limit=1000)
        return [itself, *(read_as(User, each).known for each in users)]

    def channels(self) -> list[dict[str, Any]]:
        """Return the channels that the rules allow, and that the app is in."""
        found = list(self._channels("public_channel"))
        try:
            found += self._channels("private_channel")
        except SlackApiError as error:
            if error.response["error"] != "missing_scope":
                raise
            logger.info("slack_private_channels_out_of_reach")
        return found

    def _channels(self, kind: str) -> Iterator[dict[str, Any]]:
        is_public = kind == "public_channel"
        for each in self.all("conversations.list", "channels", types=kind, limit=999):
            channel = read_as(Channel, each)
            allowed = self.rules.allow(channel.id, channel.name, is_public=is_public)
            if each.get("is_member") and allowed:
                yield {"id": channel.id, "name": channel.name, "is_public": is_public}

    def messages(self, channel: Mapping[str, Any], page: str) -> tuple[list[Part], str]:
        """Return the parts of a page of a channel, and where the next one begins."""
        since, until = self.span.since, self.span.until
        try:
            answer = self.ask(
                "conversations.history",
                channel=channel["id"],
                oldest=f"{(since - LIVELY).timestamp():.6f}",
                latest=f"{until.timestamp():.6f}",
                limit=PAGE,
                **({"cursor": page} if page else {}),
            )
        except SlackApiError as error:
            why = error.response["error"]
            if why == "invalid_cursor" and page:
                return self.messages(channel, "")
            # Deleted or left since it was listed.
            if why not in {"channel_not_found", "not_in_channel"}:
                raise
            logger.warning("slack_channel_out_of_reach", channel=channel["id"])
            return [], ""
        place = Place(
            team=self.itself["team_id"],
            channel=channel["id"],
            is_public=channel["is_public"],
        )
        parts: list[Part] = []
        for each in answer["messages"]:
            parts += self._parts(place, each)
            if float(each.get("latest_reply", 0)) >= since.timestamp():
                for reply in self._replies(place, each["ts"]):
                    parts += self._parts(place, reply)
        return parts, _next(answer)

    def _replies(self, place: Place, thread_ts: str) -> Iterator[Any]:
        """Return a thread, without the message that it begins with."""
        thread = self.all(
            "conversations.replies",
            "messages",
            channel=place.channel,
            ts=thread_ts,
            oldest=f"{self.span.since.timestamp():.6f}",
            limit=PAGE,
        )
        return (each for each in thread if each.get("ts") != thread_ts)

    def _parts(self, place: Place, raw: object) -> list[Part]:
        """Return the parts of a message, if it is of the span and of a person."""
        try:
            message = read_as(Message, raw)
        except UnreadableError as error:
            logger.warning("slack_message_unreadable", why=str(error))
            return []
        since, until = self.span.since.timestamp(), self.span.until.timestamp()
        if message.noise or not since <= float(message.ts) <= until:
            return []
        return list(parts_of(place, message, self.rules))


def _next(answer: Mapping[str, Any]) -> str:
    """Return the cursor of the next page; empty is that there is none."""
    return str((answer.get("response_metadata") or {}).get("next_cursor") or "")
