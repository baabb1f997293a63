"""How fast search answers over HTTP, audited, while others store."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psutil
from django.utils import timezone

from accounts import tokens
from accounts.models import User
from audit.models import Record
from benchmarks.asking import classes
from benchmarks.measuring import clock, percentile, show
from memories.models import Memory
from memoryhub.embedded.processes import Process, free_port

BIN = Path(sys.executable).parent
STORED_A_SECOND = 50
LIMITS = {"lexical": "15 / 50 ms", "hybrid": "25 / 80 ms"}


def measure(*, ceo: User, user: User) -> None:
    """Ask every query as the CEO and as a user, in both modes."""
    with _hub(ceo) as port:
        for mode, limit in LIMITS.items():
            for name, person in (("CEO", ceo), ("user", user)):
                audited, stored = _audited(), Memory.objects.count()
                with clock() as asking:
                    times = _ask(port, person, mode)
                stored = Memory.objects.count() - stored
                whole = [each for some in times.values() for each in some]
                show(
                    f"HTTP, {mode}, {name} (p50 / p99)",
                    _both(whole),
                    f"{limit}; {len(whole)} queries, {_audited() - audited} audit"
                    f" records, {stored / asking.seconds:.0f} stored a second",
                )
                for kind, some in times.items():
                    show(f"    {kind}", _both(some), "-")
        for kind, megabytes in _peaks().items():
            show(f"peak memory of {kind}", f"{megabytes:,.0f} MB", "-")


@contextmanager
def _hub(ceo: User) -> Iterator[int]:
    """Serve as `make up` does, with an indexer, and with somebody who stores."""
    port = free_port()
    commands = {
        "web": (
            f"granian --interface wsgi --no-ws --host 127.0.0.1 --port {port} "
            "--workers 2 --blocking-threads 4 memoryhub.wsgi:application"
        ),
        "indexer": "python manage.py run_indexer",
        "storing": f"python -m benchmarks.storing {port} {STORED_A_SECOND}",
    }
    environ = os.environ | {"BENCH_TOKEN": _token(ceo)}
    with ExitStack() as stack:
        for name, command in commands.items():
            program, *rest = command.split()
            process = Process(name, [str(BIN / program), *rest], environ=environ)
            stack.callback(process.stop)
            if name == "web":
                _wait_for(port)
        time.sleep(3)
        yield port


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    msg = "the web server does not answer"
    raise TimeoutError(msg)


def _ask(port: int, person: User, mode: str) -> Mapping[str, Sequence[float]]:
    """Return how many milliseconds each query took, by class."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {
        "Authorization": f"Bearer {_token(person)}",
        "Content-Type": "application/json",
    }

    def ask(text: str) -> float:
        body = json.dumps({"query": text, "mode": mode, "limit": 10})
        with clock() as taken:
            connection.request("POST", "/api/v1/memory/search", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        if answer.status != 200 or json.loads(content)["mode"] != mode:
            msg = f"{text!r} was answered {answer.status}: {content[:300]!r}"
            raise RuntimeError(msg)
        return taken.seconds * 1000

    for text in ("warm", "up"):
        ask(text)
    return {kind: [ask(text) for text in texts] for kind, texts in classes().items()}


def _token(person: User) -> str:
    return tokens.sign_in(user=person, now=timezone.now())["access"]


def _audited() -> int:
    return Record.objects.filter(action="search").count()


def _both(times: Sequence[float]) -> str:
    return f"{percentile(times, 50):.1f} / {percentile(times, 99):.1f} ms"


def _peaks() -> Mapping[str, float]:
    """Return the highest resident memory of each kind of process, in megabytes."""
    peaks: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True):
        words = " ".join(process.cmdline())
        for kind in ("granian", "run_indexer", "postgres", "valkey"):
            if kind in words:
                status = Path(f"/proc/{process.pid}/status").read_text()
                (line,) = (one for one in status.splitlines() if "VmHWM" in one)
                size = int(line.split()[1]) / 1024
                peaks[kind] = max(peaks.get(kind, 0.0), size)
    return peaks
