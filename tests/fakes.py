"""What stands in for the outside where the real thing cannot be made to misbehave."""

import json
import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np

from memories.search.embedding import (
    EmbeddingUnavailableError,
    TextRefusedError,
    Vectors,
)


class FakeSink:
    """A warehouse that keeps the batches it is handed, and fails when told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.failures = failures
        self.batches: dict[str, Sequence[Mapping[str, Any]]] = {}

    def __call__(self, batch: str, bodies: Sequence[Mapping[str, Any]]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        self.batches[batch] = bodies


@contextmanager
def fake_hung_server() -> Iterator[int]:
    """Listen on a port, let everybody in, and never answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield server.getsockname()[1]


class FakeEmbeddingServer(ThreadingHTTPServer):
    """A server that embeds as OpenAI's does, and misbehaves when told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Embeddings)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        self.dimensions = 3
        self.status = 200
        self.reverse = False
        self.answer: object = None
        self.asked: list[dict[str, Any]] = []
        self.path = ""
        self.headers: Mapping[str, str] = {}

    def rows(self, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        size = request.get("dimensions", self.dimensions)
        rows = [
            {"index": at, "embedding": [float(len(text) + n) for n in range(size)]}
            for at, text in enumerate(request["input"])
        ]
        return rows[::-1] if self.reverse else rows


class _Embeddings(BaseHTTPRequestHandler):
    server: FakeEmbeddingServer

    def do_POST(self) -> None:
        fake = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fake.asked.append(request)
        fake.path, fake.headers = self.path, dict(self.headers)
        answer = fake.answer or {"data": fake.rows(request)}
        body = answer if isinstance(answer, str) else json.dumps(answer)
        self.send_response(fake.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing on the console."""


@contextmanager
def fake_embedding_server() -> Iterator[FakeEmbeddingServer]:
    """Serve embeddings on a port of this machine."""
    with FakeEmbeddingServer() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class FakeGongApi(ThreadingHTTPServer):
    """A company behind Gong's API, which has its troubles when told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Gong)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.users: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.page = 3
        self.troubles: list[str] = []
        """What goes wrong with the next requests, one each: 429, 500, lost, cut."""
        self.wait = "1"
        """What it says in Retry-After."""
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


class _Gong(BaseHTTPRequestHandler):
    server: FakeGongApi

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.reply(path, dict(parse_qsl(query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(self.path, json.loads(body))

    def reply(self, path: str, asked: dict[str, Any]) -> None:
        fake = self.server
        fake.asked.append((path, asked))
        fake.authorizations.append(self.headers["Authorization"])
        trouble = fake.troubles.pop(0) if fake.troubles else ""
        if trouble == "lost":
            self.close_connection = True
            return
        status, answer = fake.answer(path, asked)
        body = json.dumps(answer).encode()
        self.send_response(int(trouble) if trouble.isdecimal() else status)
        if trouble == "429":
            self.send_header("Retry-After", fake.wait)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:20] if trouble == "cut" else body)

    def log_message(self, *_: object) -> None:
        """Say nothing on the console."""


@contextmanager
def fake_gong_api() -> Iterator[FakeGongApi]:
    """Serve a company on a port of this machine."""
    with FakeGongApi() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class FakeSlackApi(ThreadingHTTPServer):
    """A workspace behind Slack's API, which has its troubles when told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Slack)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/api/"
        self.users: list[dict[str, Any]] = []
        self.channels: list[dict[str, Any]] = []
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.page = 3
        self.seconds = 0.0
        self.troubles: list[str] = []
        """What goes wrong with the next calls, one each: 429, 500, 502, lost, cut."""
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


class _Slack(BaseHTTPRequestHandler):
    server: FakeSlackApi

    def do_POST(self) -> None:
        fake, method = self.server, self.path.removeprefix("/api/")
        form = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = dict(parse_qsl(form.decode()))
        fake.asked.append((method, asked))
        if fake.seconds:
            time.sleep(fake.seconds)
        trouble = fake.troubles.pop(0) if fake.troubles else ""
        if trouble == "lost":
            self.close_connection = True
            return
        body = json.dumps(fake.answer(method, asked)).encode()
        self.send_response(int(trouble) if trouble.isdecimal() else 200)
        if trouble == "429":
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:20] if trouble == "cut" else body)

    def log_message(self, *_: object) -> None:
        """Say nothing on the console."""


@contextmanager
def fake_slack_api() -> Iterator[FakeSlackApi]:
    """Serve a workspace on a port of this machine."""
    with FakeSlackApi() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class FakeLinearApi(ThreadingHTTPServer):
    """A workspace behind Linear's API, which has its troubles when told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Linear)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/graphql"
        self.nodes: dict[str, list[dict[str, Any]]] = {}
        """What there is of each kind; a list within a node is a connection."""
        self.page = 3
        self.troubles: list[str] = []
        """What goes wrong with the next questions: a status, limited, lost, cut."""
        self.headers: dict[str, str] = {}
        """What a trouble comes with."""
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
                key: self.paged(value, None) if key in LINEAR_CONNECTIONS else value
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


LINEAR_CONNECTIONS = {"history", "uncompletedIssuesUponClose"}


class _Linear(BaseHTTPRequestHandler):
    server: FakeLinearApi

    def do_POST(self) -> None:
        fake = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Authorization"] == "lin_api_1"
        fake.asked.append((request["query"], request["variables"]))
        trouble = fake.troubles.pop(0) if fake.troubles else ""
        if trouble == "lost":
            self.close_connection = True
            return
        answer = fake.answer(request["query"], request["variables"])
        status = int(trouble) if trouble.isdecimal() else 200
        if trouble == "limited":
            answer, status = fake.error("RATELIMITED"), 400
        if fake.refusal:
            status = 400
        body = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in fake.headers.items() if trouble else ():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:20] if trouble == "cut" else body)

    def log_message(self, *_: object) -> None:
        """Say nothing on the console."""


@contextmanager
def fake_linear_api() -> Iterator[FakeLinearApi]:
    """Serve a workspace on a port of this machine."""
    with FakeLinearApi() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class FakeGithubApi(ThreadingHTTPServer):
    """Repositories behind GitHub's API, which has its troubles when told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Github)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.repositories: list[dict[str, Any]] = []
        self.users: dict[str, dict[str, Any]] = {}
        self.pulls: dict[str, list[dict[str, Any]]] = {}
        """By the repositories' names."""
        self.reviews: dict[int, list[dict[str, Any]]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        """By the pull requests' numbers."""
        self.page = 3
        self.troubles: list[str] = []
        """What goes wrong with the next calls, one each: 429, 403, 500, lost, cut."""
        self.errors: dict[str, int] = {}
        """What paths are refused with."""
        self.headers_of_trouble = {"Retry-After": "1"}
        self.asked: list[str] = []

    def answer(self, path: str) -> object:
        """Answer as GitHub documents it; None is that there is no such thing."""
        match path.strip("/").split("/"):
            case ["user", "repos"]:
                return self.repositories
            case ["installation", "repositories"]:
                return {"repositories": self.repositories}
            case ["users", login]:
                return self.users.get(login)
            case ["repos", owner, name, "pulls"]:
                pulls = self.pulls.get(f"{owner}/{name}")
                return pulls and [_without_merger(each) for each in _newest(pulls)]
            case ["repos", owner, name, "pulls", number]:
                pulls = self.pulls[f"{owner}/{name}"]
                return next(one for one in pulls if str(one["number"]) == number)
            case ["repos", _, _, "pulls", number, "reviews"]:
                return self.reviews.get(int(number), [])
            case ["repos", _, _, "pulls", number, "comments"]:
                return self.comments.get(int(number), [])
        return None


def _newest(pulls: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(pulls, key=lambda one: str(one["updated_at"]), reverse=True)


def _without_merger(pull: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in pull.items() if key != "merged_by"}


class _Github(BaseHTTPRequestHandler):
    server: FakeGithubApi

    def do_GET(self) -> None:
        fake, url = self.server, urlsplit(self.path)
        fake.asked.append(self.path)
        trouble = fake.troubles.pop(0) if fake.troubles else ""
        if trouble == "lost":
            self.close_connection = True
            return
        answer, link = self.paged(fake.answer(url.path), dict(parse_qsl(url.query)))
        status = 404 if answer is None else 200
        status = fake.errors.get(url.path, status)
        body = json.dumps({"message": "Not Found"} if answer is None else answer)
        self.send_response(int(trouble) if trouble.isdecimal() else status)
        if trouble.isdecimal():
            for key, value in fake.headers_of_trouble.items():
                self.send_header(key, value)
        if link:
            self.send_header("Link", link)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:10].encode() if trouble == "cut" else body.encode())

    def paged(self, answer: object, asked: Mapping[str, str]) -> tuple[object, str]:
        """Return a page of an answer that has pages, and the Link to the next."""
        rows = answer.get("repositories") if isinstance(answer, dict) else answer
        if not isinstance(rows, list):
            return answer, ""
        number = int(asked.get("page", "1"))
        end = number * self.server.page
        page = rows[end - self.server.page : end]
        link = ""
        if end < len(rows):
            query = urlencode({**asked, "page": number + 1})
            where = f"{self.server.url}{urlsplit(self.path).path}?{query}"
            link = f'<{where}>; rel="next", <{where}>; rel="last"'
        return ({"repositories": page} if isinstance(answer, dict) else page), link

    def log_message(self, *_: object) -> None:
        """Say nothing on the console."""


@contextmanager
def fake_github_api() -> Iterator[FakeGithubApi]:
    """Serve some repositories on a port of this machine."""
    with FakeGithubApi() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class FakeEmbedder:
    """A provider that keeps the texts it is given, and fails when told to."""

    is_local = True

    def __init__(
        self,
        *,
        fails_after: int | None = None,
        refuses: str | None = None,
        model: str = "fake@3",
        dimensions: int = 3,
    ) -> None:
        self.model = model
        self.dimensions = dimensions
        self.fails_after = fails_after
        self.refuses = refuses
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.fails_after is not None and len(self.texts) >= self.fails_after:
            msg = "nobody answers"
            raise EmbeddingUnavailableError(msg)
        if self.refuses is not None and any(self.refuses in text for text in texts):
            msg = "that is no text"
            raise TextRefusedError(msg)
        self.texts += texts
        return np.full((len(texts), self.dimensions), self.dimensions**-0.5, np.float32)
