"""How fast search answers over HTTP, audited, while others store."""

import json
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path

import psutil
from django.utils import timezone

from accounts import tokens
from accounts.models import User
from audit.models import Record
from benchmarks.asking import classes
from benchmarks.measuring import clock, percentile, show
from benchmarks.programs import running
from memories.models import Memory

STORED_A_SECOND = 50
LIMITS = {"lexical": "15 / 50 ms", "hybrid": "25 / 80 ms"}


def measure(*, ceo: User, user: User) -> None:
    """Ask every query as the CEO and as a user, in both modes."""
    storing = f"python -m benchmarks.storing {{HUB_PORT}} {STORED_A_SECOND}"
    with running(
        "web", "indexer", beside={"storing": storing}, BENCH_TOKEN=_token(ceo)
    ) as port:
        time.sleep(3)
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
