"""Start a process again when it dies, ever later, and say when that is hopeless.

It is hopeless only before the hub was ready: then what is wrong needs a hand. Later it
may be a passing failure of something else, and who gives up would make it last.
"""

from collections import deque

from memoryhub.embedded.console import Console
from memoryhub.embedded.processes import Process

DEATHS_ALLOWED = 4
SECONDS_REMEMBERED = 60.0
FIRST_DELAY = 0.5
LONGEST_DELAY = 5.0
SECONDS_TO_BE_STEADY = 3.0


class KeepsDying(Exception):
    """A process ended five times within a minute."""


class Watch:
    """Look after one process, started just now; the clock is the caller's."""

    def __init__(self, process: Process, console: Console, now: float) -> None:
        self._process = process
        self._console = console
        self._started = now
        self._deaths: deque[float] = deque()
        self._due: float | None = None
        self._gives_up = True

    def persevere(self) -> None:
        """Give up no more, however often the process dies."""
        self._gives_up = False

    def look(self, now: float) -> None:
        """Notice a death, or start the process when its time has come.

        Raises KeepsDying, unless it was told to persevere.
        """
        if self._due is not None and now >= self._due:
            self._due = None
            self._started = now
            self._process.start()
        elif self._due is None and self._process.exit_code is not None:
            self._note_death(self._process.wait(), now)

    def is_steady(self, now: float) -> bool:
        """Tell whether it has lived long enough to be trusted to go on."""
        return self._due is None and now - self._started >= SECONDS_TO_BE_STEADY

    def _note_death(self, code: int, now: float) -> None:
        name = self._process.name
        while self._deaths and now - self._deaths[0] > SECONDS_REMEMBERED:
            self._deaths.popleft()
        self._deaths.append(now)
        dies_often = len(self._deaths) > DEATHS_ALLOWED
        if dies_often and self._gives_up:
            message = (
                f"{name} ended {len(self._deaths)} times within a minute, "
                f"at last with code {code}. Its last lines:\n"
                f"{self._process.last_lines()}\n"
                f"Repair what they say, then run `make up` again."
            )
            raise KeepsDying(message)
        delay = min(FIRST_DELAY * 2 ** (len(self._deaths) - 1), LONGEST_DELAY)
        self._due = now + delay
        often = f", {len(self._deaths)} times within a minute" if dies_often else ""
        said = f"ended with code {code}{often}; starts again in {delay:g} s"
        self._console.log(name, said)
