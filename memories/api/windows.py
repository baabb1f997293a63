"""What one process has counted by itself, for when Redis is away."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

_MANY = 10_000


@dataclass(slots=True)
class Window:
    """A stretch of time, and what was counted in it."""

    ends: float
    count: int = 0
    owed: int = 0
    """How many were let through that Redis has yet to be told of."""
    being_told: int = 0
    """How many of them Redis is being told of, without an answer so far."""
    seen: int = 0
    """The most that Redis has counted, for all processes."""


class Windows:
    """Counters by key; one begins with its first call, and anew when it is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._windows: dict[str, Window] = {}

    def add(self, key: str, seconds: float) -> tuple[int, float]:
        """Count once; returns the count, and for how many seconds it goes on."""
        with self._lock:
            window = self._open(key, seconds)
            window.count += 1
            return window.count, window.ends - self._clock()

    def owe(self, key: str, seconds: float) -> None:
        """Keep in mind that one was let through."""
        with self._lock:
            self._open(key, seconds).owed += 1

    def tell(self, key: str) -> tuple[int, int]:
        """Return how many Redis is to be told of, and of how many it is being told."""
        with self._lock:
            window = self._going_on(key)
            if window is None:
                return 0, 0
            owed, others = window.owed, window.being_told
            window.owed, window.being_told = 0, others + owed
            return owed, others

    def told(self, key: str, number: int, *, seen: int | None) -> None:
        """Take note of what Redis has counted with it; None is that it did not."""
        with self._lock:
            window = self._going_on(key)
            if window is None:
                return
            window.being_told = max(0, window.being_told - number)
            if seen is None:
                window.owed += number
            else:
                window.seen = max(window.seen, seen)

    def seen(self, key: str) -> int:
        """Return the most that Redis has counted, as far as this process knows."""
        with self._lock:
            window = self._going_on(key)
            return window.seen if window else 0

    def _going_on(self, key: str) -> Window | None:
        window = self._windows.get(key)
        return window if window and window.ends > self._clock() else None

    def _open(self, key: str, seconds: float) -> Window:
        now = self._clock()
        window = self._going_on(key)
        if window is None:
            if len(self._windows) >= _MANY:
                self._forget(now)
            window = self._windows[key] = Window(ends=now + seconds)
        return window

    def _forget(self, now: float) -> None:
        """Make room, by what is over or, where all go on, by what began first."""
        going_on = {k: one for k, one in self._windows.items() if one.ends > now}
        newest = list(going_on.items())[-_MANY // 2 :]
        self._windows = dict(newest)
