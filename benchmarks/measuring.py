"""Clocks, and the line that each figure is printed on."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Clock:
    """How long something took."""

    seconds: float = 0.0


@contextmanager
def clock() -> Iterator[Clock]:
    """Time a block."""
    measured, started = Clock(), time.perf_counter()
    yield measured
    measured.seconds = time.perf_counter() - started


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many a second a piece of work does."""
    with clock() as measured:
        work()
    return count / measured.seconds


def percentiles(times: int, work: Callable[[int], object]) -> tuple[float, float]:
    """Return the median and the 99th percentile of a call, in milliseconds."""
    samples = []
    for number in range(times):
        with clock() as measured:
            work(number)
        samples.append(measured.seconds * 1000)
    return percentile(samples, 50), percentile(samples, 99)


def percentile(samples: Sequence[float], percent: int) -> float:
    """Return the sample that so many of a hundred do not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def show(what: str, figure: str, limit: str) -> None:
    """Print a figure beside its limit."""
    print(f"{what:<44} {figure:>26}   limit {limit}", flush=True)  # noqa: T201
