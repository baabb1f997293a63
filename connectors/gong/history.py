"""What Gong's API tells of the past, a hundred calls at a time.

After https://gong.app.gong.io/settings/api/documentation#post-/v2/calls/extensive.
"""

import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import httpx
import structlog
from django.conf import settings

from connectors.asking import ask, retry_after
from connectors.base import Known, Page, Part, Span, UnreadableError
from connectors.gong.reading import gone, part_of
from connectors.gong.rules import GongRules
from connectors.gong.shapes import Answer, Call, User
from connectors.payload import read_as, storable

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 30
PAUSE_SECONDS = 0.35
"""Gong answers three requests a second."""

WANTED = {
    "context": "Extended",
    "exposedFields": {
        "parties": True,
        "content": {
            "topics": True,
            "trackers": True,
            "pointsOfInterest": True,
            "brief": True,
            "keyPoints": True,
            "highlights": True,
            "outline": True,
        },
    },
}
"""What calls are asked for with: all that their memories are told of."""


def history(span: Span, rules: GongRules) -> Iterator[Page]:
    """Ask for the calls of a span; a page's cursor is Gong's, and how many were before.

    Raises:
        BusyError: Gong wants to be left alone for long.
        httpx.HTTPStatusError: Gong refuses, as when the key was revoked.
        httpx.TransportError: nobody answers, however often it is asked.
    """
    api = settings.CONNECTOR_APIS["gong"]
    key, _, secret = api["token"].partition(":")
    with httpx.Client(
        base_url=api["url"], auth=(key, secret), timeout=TIMEOUT_SECONDS
    ) as client:
        archive = _Archive(client, span)
        cursor: Mapping[str, Any] | None = span.cursor
        if cursor is None:
            cursor = {"page": "", "done": 0}
            yield Page(parts=[], people=archive.people(), cursor=cursor)
        while cursor:
            answer = archive.calls(cursor["page"])
            done, page = cursor["done"] + len(answer.calls), answer.records.cursor
            cursor = {"page": page, "done": done} if page else None
            yield archive.page(
                answer.calls, cursor, done=done, total=answer.records.total_records
            )


class _Archive:
    """A company's past, as far as a key reaches."""

    def __init__(self, client: httpx.Client, span: Span) -> None:
        self.client, self.span = client, span

    def people(self) -> list[Known]:
        """Return everybody of the company."""
        people: list[Known] = []
        page = ""
        while True:
            params = {"cursor": page} if page else {}
            answer = self.ask("GET", "/v2/users", params=params)
            people += [read_as(User, each).known for each in answer.users]
            page = answer.records.cursor or ""
            if not page:
                return people

    def calls(self, page: str) -> Answer:
        """Return a page of calls; one whose cursor is too old is the first one."""
        span = self.span
        wanted = {
            "filter": {
                "fromDateTime": span.since.isoformat(),
                "toDateTime": span.until.isoformat(),
            },
            "contentSelector": WANTED,
            **({"cursor": page} if page else {}),
        }
        try:
            return self.ask("POST", "/v2/calls/extensive", json=wanted)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != HTTPStatus.BAD_REQUEST or not page:
                raise
            logger.warning("gong_cursor_refused")
            return self.calls("")

    def page(
        self,
        calls: list[Any],
        cursor: Mapping[str, Any] | None,
        *,
        done: int,
        total: int | None,
    ) -> Page:
        """Return what is in some calls, but for those that nobody can read."""
        parts: list[Part] = []
        people: list[Known] = []
        for raw in calls:
            try:
                call = read_as(Call, raw)
            except UnreadableError as error:
                logger.warning("gong_call_unreadable", why=str(error))
                continue
            if call.meta_data.is_private:
                parts.append(gone(call))
                continue
            parts.append(part_of(call))
            people += call.people
        return Page(
            parts=parts, people=people, cursor=cursor, done=done, total=total or done
        )

    def ask(self, method: str, path: str, **asked: Any) -> Answer:
        """Ask once, which is again where Gong was busy, down or cut off."""

        def send() -> httpx.Response:
            time.sleep(PAUSE_SECONDS)
            return self.client.request(method, path, **asked)

        response = ask(send, rest=_rest)
        if _is_empty(response):
            return Answer()
        response.raise_for_status()
        return read_as(Answer, storable(_json(response)))


def _rest(response: httpx.Response) -> float | None:
    """Return for how many seconds Gong wants to be left alone, if it does."""
    if response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return None
    return retry_after(response) or 0


def _is_empty(response: httpx.Response) -> bool:
    """Say whether Gong found nothing, which it says as if there were no such page."""
    if response.status_code != HTTPStatus.NOT_FOUND:
        return False
    answer = _json(response)
    return isinstance(answer, dict) and bool(answer.get("requestId"))


def _json(response: httpx.Response) -> object:
    try:
        answer: object = response.json()
    except ValueError:
        return None
    return answer
