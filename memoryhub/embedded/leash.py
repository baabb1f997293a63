"""Run one command that cannot outlive its owner, not even by the owner's kill -9.

Usage: python leash.py FD SIGNAL GRACE COMMAND...

FD is the reading end of a pipe whose other end the owner keeps. When that end closes,
whether the owner let go or died, COMMAND gets SIGNAL and, GRACE seconds later, it and
everything it left behind get SIGKILL. The exit code is COMMAND's own.

This is a program of its own, run by path: it imports the standard library alone, so
that it starts in a few milliseconds and stays small.
"""

# ruff: noqa: S603 (the command is its owner's)

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main(arguments: list[str]) -> int:
    leash, farewell, grace, *command = arguments
    wake = wake_on_signals()
    set_process_option(PR_SET_CHILD_SUBREAPER, 1)
    try:
        child = subprocess.Popen(command, process_group=0, preexec_fn=die_with_parent)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127
    code = attend(child.pid, int(leash), wake, int(farewell), float(grace))
    sweep(child.pid)
    return code


def attend(child: int, leash: int, wake: int, farewell: int, grace: float) -> int:
    """Wait for the child to end, by itself or because the leash was let go."""
    deadline: float | None = None
    while (code := reap(child)) is None:
        watched = [wake] if deadline else [wake, leash]
        left = max(0.0, deadline - time.monotonic()) if deadline else None
        ready, _, _ = select.select(watched, [], [], left)
        if wake in ready and was_told_to_end(wake):
            ready.append(leash)
        if deadline is None and leash in ready:
            os.kill(child, farewell)
            deadline = time.monotonic() + grace
        elif deadline and time.monotonic() >= deadline:
            os.killpg(child, signal.SIGKILL)
            deadline = time.monotonic() + 1
    return code


def reap(child: int) -> int | None:
    """Collect every ended process; the child's exit code once it is among them.

    Orphans of the child are collected too, since this process adopts them.
    """
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 1
        if pid == 0:
            return None
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def sweep(child: int) -> None:
    """Kill what the child left behind: its process group, then adopted orphans."""
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    offspring = Path(f"/proc/self/task/{os.getpid()}/children")
    while offspring.exists() and (orphans := offspring.read_text().split()):
        for orphan in orphans:
            os.kill(int(orphan), signal.SIGKILL)
        for orphan in orphans:
            os.waitpid(int(orphan), 0)


def wake_on_signals() -> int:
    """Return a descriptor that becomes readable when a signal arrives.

    SIGCHLD interrupts the wait; a request to end is taken as the leash let go.
    """
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reader


def was_told_to_end(wake: int) -> bool:
    arrived = os.read(wake, 4096)
    return any(number != signal.SIGCHLD for number in arrived)


def die_with_parent() -> None:
    """Ask the kernel to kill the command should the leash itself be killed."""
    set_process_option(PR_SET_PDEATHSIG, signal.SIGKILL)


def set_process_option(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
