"""What stands in for the outside where the real thing cannot be made to misbehave."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any


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
