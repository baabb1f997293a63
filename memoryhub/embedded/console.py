"""Show what happens: steps with their seconds, and the children's lines with a name."""

import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TextIO

COLOURS = (36, 33, 35, 32, 34, 31)
NAME_WIDTH = 10


@dataclass
class Step:
    title: str


class Console:
    """Write to standard output and, for whoever waits elsewhere, to `announce`.

    Colour and the passing "doing this now" line are for a terminal alone. The
    children's lines are not announced.
    """

    def __init__(self, announce: TextIO | None = None) -> None:
        self._announce = announce
        self._lock = Lock()
        self._is_terminal = sys.stdout.isatty()
        self._colours: dict[str, int] = {}

    def say(self, text: str = "") -> None:
        self._write(f"{text}\n")
        if self._announce:
            try:
                self._announce.write(f"{text}\n")
                self._announce.flush()
            except BrokenPipeError:
                self._announce = None
                signal.raise_signal(signal.SIGTERM)

    def keep_in(self, path: Path) -> None:
        """Send the output to a file if somebody elsewhere follows the announcement.

        The file of the run before is kept beside it.
        """
        if not self._announce:
            return
        if path.exists():
            path.replace(path.with_name(f"{path.name}.1"))
        path.touch(mode=0o600)
        with path.open("a") as file:
            os.dup2(file.fileno(), sys.stdout.fileno())
            os.dup2(file.fileno(), sys.stderr.fileno())

    def end_announcement(self, last_word: str) -> None:
        if self._announce:
            self._announce.write(last_word)
            self._announce.close()
            self._announce = None

    def log(self, name: str, line: str) -> None:
        prefix = f"{name:<{NAME_WIDTH}}|"
        if self._is_terminal:
            colour = self._colours.setdefault(
                name, COLOURS[len(self._colours) % len(COLOURS)]
            )
            prefix = f"\033[{colour}m{prefix}\033[0m"
        self._write(f"{prefix} {line}\n")

    @contextmanager
    def step(self, title: str) -> Generator[Step]:
        """Show a step, how it ended and how long it took; its title may be refined."""
        step = Step(title=title)
        if self._is_terminal:
            self._write(f"  · {title} ...\r")
        begun = time.monotonic()
        try:
            yield step
        except BaseException:
            self.say(f"  ✗ {step.title} ... {time.monotonic() - begun:.1f} s")
            raise
        self.say(f"  ✓ {step.title} ... {time.monotonic() - begun:.1f} s")

    def _write(self, text: str) -> None:
        if self._is_terminal:
            text = f"\033[K{text}"
        with self._lock:
            try:
                sys.stdout.write(text)
                sys.stdout.flush()
            except BrokenPipeError:
                stop_since_nobody_reads()


def stop_since_nobody_reads() -> None:
    """Ask this process to stop, as any other part of a pipeline would."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    signal.raise_signal(signal.SIGTERM)
