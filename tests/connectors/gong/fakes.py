"""A Gong that can be made to misbehave."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from tests.connectors.fakes import AnsweringInJson, FakeApi


class FakeGongApi(FakeApi):
    """A company behind Gong's API, which has its troubles when told to."""

    def __init__(self) -> None:
        super().__init__(_Gong)
        self.users: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.forgotten: set[str] = set()
        """Cursors that are too old."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.authorizations: list[str] = []

    def answer(self, path: str, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answer as Gong documents it, a page at a time."""
        if asked.get("cursor") in self.forgotten:
            return 400, {"requestId": "r", "errors": ["Cursor expired"]}
        if path == "/v2/users":
            return 200, self.paged("users", self.users, asked)
        bounds = asked["filter"]
        inside = [
            call
            for call in self.calls
            if bounds["fromDateTime"]
            <= call["metaData"].get("started", bounds["fromDateTime"])
            < bounds["toDateTime"]
        ]
        if not inside:
            errors = ["No calls found corresponding to the provided filters"]
            return 404, {"requestId": "r", "errors": errors}
        return 200, self.paged("calls", inside, asked)

    def paged(
        self, key: str, rows: Sequence[object], asked: Mapping[str, Any]
    ) -> dict[str, Any]:
        begin = int(str(asked.get("cursor", "page:0")).removeprefix("page:"))
        end = begin + self.page
        records: dict[str, Any] = {"totalRecords": len(rows), "currentPageSize": end}
        if end < len(rows):
            records["cursor"] = f"page:{end}"
        return {"requestId": "r", "records": records, key: rows[begin:end]}


class _Gong(AnsweringInJson):
    server: FakeGongApi

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.answer(path, dict(parse_qsl(query)))

    def do_POST(self) -> None:
        self.answer(self.path, json.loads(self.content()))

    def answer(self, path: str, asked: dict[str, Any]) -> None:
        fake = self.server
        fake.asked.append((path, asked))
        fake.authorizations.append(self.headers["Authorization"])
        status, answer = fake.answer(path, asked)
        self.reply(answer, status=status, trouble=self.next_trouble())
