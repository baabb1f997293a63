"""A Linear that can be made to misbehave."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.connectors.fakes import AnsweringInJson, FakeApi

CONNECTIONS = {"history", "uncompletedIssuesUponClose"}


class FakeLinearApi(FakeApi):
    """A workspace behind Linear's API, which has its troubles when told to."""

    def __init__(self) -> None:
        super().__init__(_Linear, "/graphql")
        self.nodes: dict[str, list[dict[str, Any]]] = {}
        """What there is of each kind; a list within a node is a connection."""
        self.refusal = ""
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def answer(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Answer as Linear documents it, a page at a time."""
        if self.refusal:
            return self.error(self.refusal)
        asked = re.search(r"\{ (\w+)\((?:id: \$id\) \{ (\w+)\()?", query)
        assert asked
        after = variables["after"]
        if asked[2]:
            (node,) = (
                one
                for one in self.nodes[f"{asked[1]}s"]
                if one["id"] == variables["id"]
            )
            return {"data": {asked[1]: {asked[2]: self.paged(node[asked[2]], after)}}}
        inside = [
            {
                key: self.paged(value, None) if key in CONNECTIONS else value
                for key, value in one.items()
            }
            for one in self.nodes.get(asked[1], [])
            if self.fits(one, variables.get("filter") or {})
        ]
        return {"data": {asked[1]: self.paged(inside, after)}}

    def fits(self, node: Mapping[str, Any], within: Mapping[str, Any]) -> bool:
        """Say whether a node's times are within the bounds."""
        for key, bounds in within.items():
            at = datetime.fromisoformat(node[key])
            if "gte" in bounds and at < datetime.fromisoformat(bounds["gte"]):
                return False
            if "lte" in bounds and at > datetime.fromisoformat(bounds["lte"]):
                return False
        return True

    def paged(self, rows: Sequence[object], after: str | None) -> dict[str, Any]:
        """Return a page of a connection."""
        begin = int((after or "page:0").removeprefix("page:"))
        end = begin + self.page
        info = {"hasNextPage": end < len(rows), "endCursor": f"page:{end}"}
        return {"nodes": rows[begin:end], "pageInfo": info}

    def error(self, code: str) -> dict[str, Any]:
        """Return what Linear refuses with."""
        error = {"message": "What was asked", "extensions": {"code": code}}
        return {"errors": [error]}


class _Linear(AnsweringInJson):
    server: FakeLinearApi

    def do_POST(self) -> None:
        fake, trouble = self.server, self.next_trouble()
        request = json.loads(self.content())
        assert self.headers["Authorization"] == "lin_api_1"
        fake.asked.append((request["query"], request["variables"]))
        answer, status = fake.answer(request["query"], request["variables"]), 200
        if trouble == "limited":
            answer = fake.error("RATELIMITED")
        if fake.refusal or trouble == "limited":
            status = 400
        self.reply(answer, status=status, trouble=trouble)
