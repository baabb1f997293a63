"""The README's tour as a test reads it: blocks of shell, each with the answer shown."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from tests.reading import ROOT

SECONDS_FOR_ALL = 120

_BLOCK = re.compile(
    r"^```bash\n(?P<command>.*?)^```$(?:\n```json\n(?P<answer>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
_TEXT_OR_DOTS = re.compile(r'("(?:\\.|[^"\\])*")|\.\.\.')
_DOTS = "..."


@dataclass(frozen=True)
class Step:
    """A command of the tour, and its answer where one is shown."""

    command: str
    answer: str | None


def tour() -> list[Step]:
    """Return the steps of the README's tour, in order."""
    readme = (ROOT / "README.md").read_text()
    _, _, rest = readme.partition("\n## A tour")
    section, _, _ = rest.partition("\n## ")
    return [
        Step(found["command"], found["answer"]) for found in _BLOCK.finditer(section)
    ]


def differences(shown: object, answered: object, *, at: str = "") -> Iterator[str]:
    """Say where an answer is not as it is shown; `...` stands for anything.

    An object may have more fields than are shown, and a list that ends in `...` more
    items.
    """
    match shown, answered:
        case str(), _ if shown == _DOTS:
            return
        case dict(), dict():
            for name, value in shown.items():
                if name in answered:
                    yield from differences(value, answered[name], at=f"{at}/{name}")
                else:
                    yield f"{at}/{name} is shown, and is not in the answer"
        case [*items, str(last)], list() if last == _DOTS:
            yield from differences(items, answered[: len(items)], at=at)
        case list(), list() if len(shown) == len(answered):
            for number, (one, other) in enumerate(zip(shown, answered, strict=True)):
                yield from differences(one, other, at=f"{at}/{number}")
        case _ if shown != answered:
            yield f"{at} is shown as {shown!r}, and is {answered!r}"


def read_shown(answer: str) -> object:
    """Return a shown answer as JSON, its dots as texts."""
    quoted = _TEXT_OR_DOTS.sub(lambda found: found[1] or f'"{_DOTS}"', answer)
    return json.loads(quoted)


class Shell:
    """One bash in which the steps run one after the other."""

    def __init__(self, process: "subprocess.Popen[str]", directory: Path) -> None:
        self._process = process
        self._directory = directory
        self._count = 0

    def run(self, command: str) -> str:
        """Run a step, and return what it printed, its errors too."""
        assert self._process.stdin
        assert self._process.stdout
        self._count += 1
        file = self._directory / f"step-{self._count}.sh"
        file.write_text(command)
        end = f"end of step {self._count}:"
        self._process.stdin.write(f"source {file} </dev/null; echo; echo '{end}' $?\n")
        self._process.stdin.flush()
        printed: list[str] = []
        for line in self._process.stdout:
            if line.startswith(end):
                assert line.split()[-1] == "0", f"{command}\nfailed: {''.join(printed)}"
                return "".join(printed).strip()
            printed.append(line)
        message = f"{command}\nended the shell: {''.join(printed)}"
        raise AssertionError(message)


@contextmanager
def shell(directory: Path, **variables: str) -> Iterator[Shell]:
    """Open a bash in a directory with nothing but some variables; it ends in time."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(directory), "no_proxy": "*"}
    with subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        cwd=directory,
        env=kept | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        too_late = Timer(SECONDS_FOR_ALL, process.kill)
        too_late.start()
        try:
            yield Shell(process, directory)
        finally:
            too_late.cancel()
            process.kill()
