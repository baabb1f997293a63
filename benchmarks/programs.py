"""The hub's programs as `make up` starts them, for as long as something is measured."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from memoryhub.embedded.processes import Process, free_port
from memoryhub.embedded.supervisor import PROGRAMS

_BIN = Path(sys.executable).parent


@contextmanager
def running(
    *names: str, beside: Mapping[str, str] | None = None, **variables: str
) -> Iterator[int]:
    """Run some programs and whatever else, once the hub answers; yield its port.

    A command has `{HUB_PORT}` where the port belongs.
    """
    port = free_port()
    commands = {name: PROGRAMS[name] for name in names} | dict(beside or {})
    with ExitStack() as stack:
        for name, command in commands.items():
            filled = command.format(HUB_PORT=port, STATE=os.environ["HUB_STATE_DIR"])
            program, *rest = filled.split()
            process = Process(
                name, [str(_BIN / program), *rest], environ=os.environ | variables
            )
            stack.callback(process.stop)
            if name == "web":
                _wait_for(port)
        yield port


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    msg = "the web server does not answer"
    raise TimeoutError(msg)
