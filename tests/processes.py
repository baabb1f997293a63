"""Programs that run beside a test, on the services that it has."""

import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from memoryhub.embedded.processes import free_port
from memoryhub.embedded.supervisor import answers
from tests.reading import ROOT

SECONDS_TO_START = 60


def environment(**variables: str) -> dict[str, str]:
    """Return what a program of the hub needs to work on the test's own data."""
    address = urlsplit(os.environ["DATABASE_URL"])
    database = address._replace(path=f"/{connection.settings_dict['NAME']}")
    return {
        **os.environ,
        "DATABASE_URL": database.geturl(),
        "SEARCH_INDEX_DIR": str(settings.SEARCH_INDEX_DIR),
        **variables,
    }


class Granian:
    """A server of its own, web or MCP, as `make up` and the image run it."""

    def __init__(self, application: str, **variables: str) -> None:
        self.port = free_port()
        self._command = [
            *(sys.executable, "-m", "granian", "--no-ws", "--host", "127.0.0.1"),
            *("--interface", "asgi" if "asgi" in application else "wsgi"),
            *("--port", str(self.port), application),
        ]
        self._environ = environment(**variables)
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and return once it answers."""
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environ, start_new_session=True
        )
        deadline = time.monotonic() + SECONDS_TO_START
        while not answers(self.port):
            assert self._process.poll() is None, "the server did not start"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        """End it, workers and all, without a chance to finish anything."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
