"""What stands in for the outside where the real thing cannot be made to misbehave."""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

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
