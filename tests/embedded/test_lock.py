"""One hub per state directory."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from memoryhub.embedded import lock
from memoryhub.embedded.processes import ROOT, CannotStart

HOLDER = """
import sys, time
from pathlib import Path
from memoryhub.embedded import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def start_holder(directory: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory), "supervisor"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


class TestHold:
    def test_refuses_a_second_hub_and_names_the_first(self, tmp_path: Path) -> None:
        with start_holder(tmp_path) as holder:
            with pytest.raises(CannotStart, match=f"process {holder.pid}. Stop it"):
                lock.hold(tmp_path).__enter__()
            holder.kill()

    def test_is_free_after_kill_9(self, tmp_path: Path) -> None:
        with start_holder(tmp_path) as holder:
            holder.kill()

        with lock.hold(tmp_path):
            assert (tmp_path / "hub.lock").read_text() == str(os.getpid())


class TestAskHolderToStop:
    def test_stops_the_holder(self, tmp_path: Path) -> None:
        with start_holder(tmp_path) as holder:
            assert lock.ask_holder_to_stop(tmp_path) is True

        assert holder.returncode == -signal.SIGTERM

    def test_says_that_there_is_none(self, tmp_path: Path) -> None:
        assert lock.ask_holder_to_stop(tmp_path) is False
        with start_holder(tmp_path) as holder:
            holder.kill()

        assert lock.ask_holder_to_stop(tmp_path) is False

    def test_leaves_a_stranger_with_the_recorded_id_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lock, "SECONDS_TO_STOP", 0.1)
        sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
        with subprocess.Popen(sleep) as stranger, lock.hold(tmp_path):
            (tmp_path / "hub.lock").write_text(str(stranger.pid))

            with pytest.raises(TimeoutError, match="does not end"):
                lock.ask_holder_to_stop(tmp_path)

            assert stranger.poll() is None
            stranger.kill()
