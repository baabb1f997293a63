"""What dies is started again, ever later, until that is hopeless."""

import sys

import pytest

from memoryhub.embedded.console import Console
from memoryhub.embedded.processes import Process
from memoryhub.embedded.watch import KeepsDying, Watch


@pytest.fixture
def short_lived() -> Process:
    process = Process("brief", [sys.executable, "-c", "print('oh'); exit(7)"])
    process.wait(20)
    return process


class TestWatch:
    def test_leaves_a_live_process_alone(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        process = Process("long", [sys.executable, "-c", "import time; time.sleep(60)"])

        Watch(process, Console(), 0).look(0)

        assert process.exit_code is None
        assert capsys.readouterr().out == ""
        process.stop()

    def test_starts_a_dead_process_after_a_delay_and_says_so(
        self, short_lived: Process, capsys: pytest.CaptureFixture[str]
    ) -> None:
        watch = Watch(short_lived, Console(), 0)

        watch.look(10.0)
        watch.look(10.4)
        assert short_lived.exit_code == 7
        watch.look(10.5)

        assert short_lived.wait(20) == 7
        assert short_lived.last_lines() == "oh\noh"
        assert "ended with code 7; starts again in 0.5 s" in capsys.readouterr().out

    def test_waits_longer_each_time(
        self, short_lived: Process, capsys: pytest.CaptureFixture[str]
    ) -> None:
        watch = Watch(short_lived, Console(), 0)

        for now in (0, 1, 2, 3, 4, 5, 6, 8):
            watch.look(now)
            short_lived.wait(20)

        out = capsys.readouterr().out
        delays = [line.split(" in ")[1] for line in out.splitlines()]
        assert delays == ["0.5 s", "1 s", "2 s", "4 s"]

    def test_gives_up_at_the_fifth_death_within_a_minute(
        self, short_lived: Process
    ) -> None:
        watch = Watch(short_lived, Console(), 0)

        with pytest.raises(KeepsDying, match="brief ended 5 times") as caught:
            for now in range(60):
                watch.look(now)
                short_lived.wait(20)

        assert "oh" in str(caught.value)

    def test_never_gives_up_once_told_to_persevere(
        self, short_lived: Process, capsys: pytest.CaptureFixture[str]
    ) -> None:
        watch = Watch(short_lived, Console(), 0)
        watch.persevere()

        for now in range(60):
            watch.look(now)
            short_lived.wait(20)

        lines = capsys.readouterr().out.splitlines()
        assert len(lines) >= 10
        assert lines[-1].endswith("times within a minute; starts again in 5 s")

    def test_forgets_deaths_after_a_minute(self, short_lived: Process) -> None:
        watch = Watch(short_lived, Console(), 0)

        for now in range(0, 1000, 20):
            watch.look(now)
            short_lived.wait(20)

    def test_trusts_what_has_lived_for_three_seconds(
        self, short_lived: Process
    ) -> None:
        watch = Watch(short_lived, Console(), 10)
        assert not watch.is_steady(12)
        assert watch.is_steady(13)

        watch.look(13)
        assert not watch.is_steady(13.5)
        watch.look(14)
        assert not watch.is_steady(14)
        assert watch.is_steady(17)
        short_lived.wait(20)
