"""Children on a leash: they end when told, when stuck, and with their owner."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from memoryhub.embedded.processes import (
    ROOT,
    CannotStart,
    PortTaken,
    Process,
    not_ready,
    on_free_port,
)
from tests.embedded.waiting import has_ended, wait_until

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
# A parent with two children, one of them in a session of its own.
FAMILY = """
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
near = subprocess.Popen(sleep)
far = subprocess.Popen(sleep, start_new_session=True)
print(os.getpid(), near.pid, far.pid, flush=True)
time.sleep(60)
"""
LEASHED = """
import os, time
print(os.getppid(), os.getpid(), flush=True)
time.sleep(60)
"""
OWNER = f"""
import sys, time
from memoryhub.embedded.processes import Process
show = lambda line: print(line, flush=True)
Process("family", [sys.executable, "-c", {FAMILY!r}], grace=1, on_line=show)
time.sleep(60)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def first_line(process: Process) -> str:
    wait_until(lambda: "printed nothing" not in process.last_lines())
    return process.last_lines().splitlines()[0]


class TestProcess:
    def test_gives_its_exit_code_and_last_lines(self) -> None:
        process = Process("p", python("print('one\\ntwo'); raise SystemExit(3)"))

        assert process.wait(20) == 3
        assert process.last_lines() == "one\ntwo"

    def test_hands_each_line_over(self) -> None:
        lines: list[str] = []

        Process("p", python("print('one\\ntwo')"), on_line=lines.append).wait(20)

        assert lines == ["one", "two"]

    def test_ends_when_let_go(self) -> None:
        process = Process("p", python("import time; time.sleep(60)"), grace=30)

        begun = time.monotonic()
        process.stop()

        assert process.exit_code == 128 + signal.SIGTERM
        assert time.monotonic() - begun < 5

    def test_is_killed_when_it_does_not_listen(self) -> None:
        process = Process("p", python(STUBBORN), grace=0.3)
        first_line(process)

        process.stop()

        assert process.exit_code == 128 + signal.SIGKILL

    def test_takes_its_descendants_along(self) -> None:
        process = Process("p", python(FAMILY))
        pids = [int(pid) for pid in first_line(process).split()]

        process.stop()

        assert all(has_ended(pid) for pid in pids)

    def test_takes_its_descendants_along_when_it_dies(self) -> None:
        process = Process("p", python(FAMILY))
        parent, *children = (int(pid) for pid in first_line(process).split())

        os.kill(parent, signal.SIGKILL)
        process.wait(20)

        assert all(has_ended(pid) for pid in children)

    def test_ends_with_its_owner(self) -> None:
        owner = subprocess.Popen(
            python(OWNER), cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert owner.stdout is not None
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        assert len(pids) == 3

        owner.kill()
        owner.communicate()

        wait_until(lambda: all(has_ended(pid) for pid in pids))

    @pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's prctl")
    def test_ends_with_its_leash(self) -> None:
        process = Process("p", python(LEASHED))
        leash, child = (int(pid) for pid in first_line(process).split())

        os.kill(leash, signal.SIGKILL)
        process.wait(20)

        wait_until(lambda: has_ended(child))

    def test_starts_again(self) -> None:
        process = Process("p", python("print('here')"))
        process.wait(20)

        process.start()

        assert process.wait(20) == 0
        assert process.last_lines() == "here\nhere"

    def test_holds_what_it_was_given(self, tmp_path: Path) -> None:
        reader, writer = os.pipe()
        process = Process("p", python("import time; time.sleep(60)"), hold=[writer])
        os.close(writer)
        os.set_blocking(reader, False)

        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
        process.stop()

        assert os.read(reader, 1) == b""
        os.close(reader)

    def test_says_that_a_program_is_missing(self) -> None:
        process = Process("p", ["/nowhere/program"])

        assert process.wait(20) == 127
        assert process.last_lines() == "/nowhere/program: No such file or directory"


class TestOnFreePort:
    def test_tries_another_port_when_one_was_taken(self) -> None:
        tried: list[int] = []

        def start(port: int) -> str:
            tried.append(port)
            if len(tried) < 3:
                raise PortTaken
            return "started"

        assert on_free_port(start) == "started"
        assert len(tried) == 3

    def test_gives_up_in_the_end(self) -> None:
        def start(port: int) -> str:
            raise PortTaken(port)

        with pytest.raises(PortTaken):
            on_free_port(start)


class TestNotReady:
    def test_tells_a_taken_port_from_the_rest(self) -> None:
        taken = Process("p", python("print('bind: Address already in use')"))
        broken = Process("p", python("print('no memory')"))
        taken.wait(20)
        broken.wait(20)

        assert isinstance(not_ready(taken, "It"), PortTaken)
        error = not_ready(broken, "It")
        assert type(error) is CannotStart
        assert str(error) == "It did not start. Its last lines:\nno memory"
