"""A way to the hub that cuts, delays, halves and refuses, as a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import httpx

Fault = Literal["cut", "cut after", "half", "refuse", "busy", "slow"]
"""What happens to a request: it is lost; its answer is lost, or comes by half; the
answer is a 500, or a 429 that says to come back in a second; it takes a while."""


class BadNetwork:
    """A proxy on loopback before a hub."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.fault: Callable[[], Fault | None] = lambda: None
        self.asked: list[str] = []
        self.seconds_slow = 0.3

    def does(self, *faults: Fault) -> None:
        """Do these to the next requests, and nothing to those after them."""
        coming = iter(faults)
        self.fault = lambda: next(coming, None)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._url

    @contextmanager
    def open(self) -> Iterator["BadNetwork"]:
        """Listen, for the length of the block."""
        network = self

        class Handler(_Handler):
            bad = network

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self._url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bad: BadNetwork

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.bad.asked.append(f"{self.command} {self.path}")
        fault = self.bad.fault()
        self.close_connection = fault is not None
        match fault:
            case "cut":
                return
            case "refuse":
                self._answer(500, b"<h1>Server Error</h1>", {})
                return
            case "busy":
                self._answer(429, b"{}", {"Retry-After": "1"})
                return
            case "slow":
                threading.Event().wait(self.bad.seconds_slow)
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in ("host", "connection", "accept-encoding")
        }
        try:
            answer = httpx.request(
                self.command,
                self.bad.target + self.path,
                content=body,
                headers=headers,
                timeout=30,
            )
        except httpx.TransportError:
            self.close_connection = True
            return
        if fault == "cut after":
            return
        kept = {
            name: answer.headers[name]
            for name in ("Content-Type", "Retry-After", "ETag")
            if name in answer.headers
        }
        self._answer(answer.status_code, answer.content, kept, half=fault == "half")

    do_GET = do_POST = do_PATCH = do_DELETE = _pass_on

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str], *, half: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if half else body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
