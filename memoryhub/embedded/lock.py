"""Let one hub run per state directory, and know which process that is.

The kernel drops the lock with its last holder, so that nothing is stale after kill -9.
Children hold it too: a hub starts only when the last process of another has gone.
"""

import fcntl
import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from memoryhub.embedded.processes import CannotStart

SECONDS_TO_LEAVE = 10.0
SECONDS_TO_STOP = 30.0


@contextmanager
def hold(directory: Path) -> Generator[int]:
    """Hold the directory's lock; yield the descriptor for the children to hold.

    Raises CannotStart when a live hub holds it.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (directory / "hub.lock").open("a+") as file:
        deadline = time.monotonic() + SECONDS_TO_LEAVE
        while not take(file):
            if pid := holder(file):
                message = (
                    f"A hub runs already on {directory}: process {pid}. "
                    f"Stop it with `make down`."
                )
                raise CannotStart(message)
            if time.monotonic() > deadline:
                message = f"What an earlier hub left on {directory} does not end."
                raise CannotStart(message)
            time.sleep(0.1)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def ask_holder_to_stop(directory: Path) -> bool:
    """Stop the directory's hub and wait for it; tell whether there was one.

    Raises TimeoutError when it does not end.
    """
    path = directory / "hub.lock"
    if not path.exists():
        return False
    with path.open("a+") as file:
        if take(file):
            return False
        for number in (signal.SIGTERM, signal.SIGKILL):
            if pid := holder(file):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + SECONDS_TO_STOP
            while time.monotonic() < deadline:
                if take(file):
                    return True
                time.sleep(0.05)
    message = f"The hub on {directory} does not end."
    raise TimeoutError(message)


def take(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def holder(file: TextIO) -> int | None:
    """Return the id of the hub that holds the lock, if it is alive.

    It may be dead, its children about to end, and its id somebody else's by then.
    """
    file.seek(0)
    text = file.read()
    if not text:
        return None
    pid = int(text)
    try:
        os.kill(pid, 0)
        command = Path(f"/proc/{pid}/cmdline")
        is_hub = not command.exists() or b"supervisor" in command.read_bytes()
    except (ProcessLookupError, FileNotFoundError):
        return None
    return pid if is_hub else None
