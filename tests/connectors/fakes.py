"""What vendors' APIs have in common where they are faked: pages and troubles."""

import json
from collections.abc import Mapping

from tests.fakes import Answering, FakeServer


class FakeApi(FakeServer):
    """A vendor's API, which has its troubles when told to."""

    def __init__(self, handler: type["AnsweringInJson"], path: str = "") -> None:
        super().__init__(handler, path)
        self.page = 3
        self.troubles: list[str] = []
        """What goes wrong with the next requests, one each: a status, lost, cut."""
        self.headers_of_trouble = {"Retry-After": "1"}


class AnsweringInJson(Answering):
    """Answers as the API does, and gets into trouble when it is time to."""

    server: FakeApi

    def next_trouble(self) -> str:
        """Return what goes wrong with this request, if anything."""
        return self.server.troubles.pop(0) if self.server.troubles else ""

    def reply(
        self,
        answer: object,
        *,
        trouble: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer, or fail at it."""
        if trouble == "lost":
            self.close_connection = True
            return
        body = json.dumps(answer).encode()
        self.send(
            int(trouble) if trouble.isdecimal() else status,
            body,
            headers=dict(headers or {})
            | (self.server.headers_of_trouble if trouble else {}),
            length=len(body) // 2 if trouble == "cut" else len(body),
        )
