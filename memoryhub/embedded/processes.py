"""Start a child process on a leash, follow its output, stop it, start it again."""

# ruff: noqa: S603 (each command is composed in this package)

import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parents[2]
LEASH = Path(__file__).with_name("leash.py")
LINES_KEPT = 40
ATTEMPTS = 3

type LineListener = Callable[[str], None]


class CannotStart(Exception):
    """Something did not come up; the message says why and what to do."""


class PortTaken(CannotStart):
    """Somebody else took the port between its choice and its use."""


class Process:
    """One child that ends when told, when stuck, and when its owner dies.

    `command` runs in a session of its own, so that Ctrl-C reaches the owner alone.
    `farewell` is the signal that asks it to end; `grace` is the seconds it then has
    before it is killed with all its descendants. `hold` are descriptors kept open
    for as long as it lives. `on_line` receives each line of its output, from a
    thread of its own.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environ: Mapping[str, str] | None = None,
        farewell: signal.Signals = signal.SIGTERM,
        grace: float = 3.0,
        hold: Sequence[int] = (),
        on_line: LineListener | None = None,
    ) -> None:
        self.name = name
        self.on_line = on_line
        self._command = command
        self._environ = environ
        self._farewell = farewell
        self._grace = grace
        self._hold = hold
        self._tail: deque[str] = deque(maxlen=LINES_KEPT)
        self.start()

    def start(self) -> None:
        """Start the command, or start it again once it has ended."""
        leash, self._end = os.pipe()
        self._held = True
        output, end_of_output = os.pipe()
        try:
            self._leash = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(LEASH)),
                    *(str(leash), str(self._farewell.value), str(self._grace)),
                    *self._command,
                ],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=end_of_output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(leash, *self._hold),
            )
        finally:
            os.close(leash)
            os.close(end_of_output)
        self._reader = Thread(target=self._follow, args=[output], daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._leash.poll()

    def let_go(self) -> None:
        """Ask it to end, without waiting."""
        if self._held:
            self._held = False
            os.close(self._end)

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the end and all of the output; raise TimeoutError if it is late."""
        try:
            code = self._leash.wait(seconds)
        except subprocess.TimeoutExpired:
            message = f"{self.name} still runs after {seconds:g} s."
            raise TimeoutError(message) from None
        self.let_go()
        self._reader.join(timeout=1)
        return code

    def stop(self) -> None:
        """Ask it to end and wait until it has."""
        self.let_go()
        self.wait(self._grace + 5)

    def last_lines(self, count: int = 12) -> str:
        return "\n".join(list(self._tail)[-count:]) or "(it printed nothing)"

    def _follow(self, output: int) -> None:
        with os.fdopen(output, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._tail.append(line.rstrip())
                if self.on_line:
                    self.on_line(line.rstrip())


def free_port() -> int:
    """Return a loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def on_free_port[T](start: Callable[[int], T]) -> T:
    """Call `start` with a free port, and again should it be taken meanwhile."""
    for _ in range(ATTEMPTS - 1):
        try:
            return start(free_port())
        except PortTaken:
            continue
    return start(free_port())


def not_ready(process: Process, what: str) -> CannotStart:
    """Stop a process that did not become ready; return the error to raise."""
    process.stop()
    lines = process.last_lines()
    taken = "address already in use" in lines.lower()
    message = f"{what} did not start. Its last lines:\n{lines}"
    return PortTaken(message) if taken else CannotStart(message)


def package_directory(name: str) -> Path:
    """Return where an installed package lies, without importing it."""
    package = find_spec(name)
    if package is None or package.origin is None:
        message = f"The package {name} is not installed. Run `make up` to install it."
        raise CannotStart(message)
    return Path(package.origin).parent
