"""What the one who starts the hub gets to see."""

import os
import re
import signal
import subprocess
import sys

import pytest

from memoryhub.embedded.console import Console
from memoryhub.embedded.processes import ROOT

CHATTER = """
import time
from memoryhub.embedded.console import Console
for _ in range(1000):
    Console().say("still here")
    time.sleep(0.01)
"""


class TestConsole:
    def test_shows_a_step_its_refined_title_and_its_seconds(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with Console().step("Start it") as step:
            step.title = "It, version 1"

        out = capsys.readouterr().out
        assert re.fullmatch(r"  ✓ It, version 1 \.\.\. \d\.\d s\n", out)

    def test_shows_a_step_that_failed(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(ValueError, match="broken"), Console().step("Start it"):
            raise ValueError("broken")

        assert capsys.readouterr().out.startswith("  ✗ Start it")

    def test_aligns_names_and_colours_nothing_off_a_terminal(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        console = Console()

        console.log("web", "one")
        console.log("snowflake", "two")

        assert capsys.readouterr().out == "web       | one\nsnowflake | two\n"

    def test_announces_steps_but_not_the_childrens_lines(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        reader, writer = os.pipe()
        console = Console(os.fdopen(writer, "w"))

        console.say("hello")
        console.log("web", "a line")
        console.end_announcement("!")

        with os.fdopen(reader) as announced:
            assert announced.read() == "hello\n!"
        assert capsys.readouterr().out == "hello\nweb       | a line\n"

    def test_stops_when_nobody_reads_any_more(self) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", CHATTER], cwd=ROOT, stdout=subprocess.PIPE
        ) as chatter:
            assert chatter.stdout is not None
            chatter.stdout.readline()
            chatter.stdout.close()

        assert chatter.returncode == -signal.SIGTERM
