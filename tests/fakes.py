"""What stands in for the outside where the real thing cannot be made to misbehave."""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

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


class FakeServer(ThreadingHTTPServer):
    """A server on a port of this machine, for as long as its `with` lasts."""

    def __init__(self, handler: type["Answering"], path: str = "") -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}{path}"
        self.serving = Thread(target=self.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self.serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.serving.join()
        self.server_close()


class Answering(BaseHTTPRequestHandler):
    """Answers what a fake server is asked."""

    def content(self) -> bytes:
        """Return what came with a request."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def send(
        self,
        status: int,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        """Answer a request, or with the first bytes of an answer as if it were cut."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:length])

    def log_message(self, *_: object) -> None:
        """Say nothing on the console."""


class FakeEmbeddingServer(FakeServer):
    """A server that embeds as OpenAI's does, and misbehaves when told to."""

    def __init__(self) -> None:
        super().__init__(_Embeddings, "/v1")
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


class _Embeddings(Answering):
    server: FakeEmbeddingServer

    def do_POST(self) -> None:
        fake = self.server
        request = json.loads(self.content())
        fake.asked.append(request)
        fake.path, fake.headers = self.path, dict(self.headers)
        answer = fake.answer or {"data": fake.rows(request)}
        body = answer if isinstance(answer, str) else json.dumps(answer)
        self.send(fake.status, body.encode())


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
