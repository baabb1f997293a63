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
    """How many were let through that Redis does not know of."""


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

    def owe(self, key: str, seconds: float, number: int) -> None:
        """Keep in mind what Redis has yet to be told."""
        with self._lock:
            self._open(key, seconds).owed += number

    def settle(self, key: str) -> int:
        """Return what Redis is to be told, this once."""
        with self._lock:
            window = self._windows.get(key)
            if window is None or window.ends <= self._clock():
                return 0
            owed, window.owed = window.owed, 0
            return owed

    def _open(self, key: str, seconds: float) -> Window:
        now = self._clock()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            if len(self._windows) >= _MANY:
                self._forget(now)
            window = self._windows[key] = Window(ends=now + seconds)
        return window

    def _forget(self, now: float) -> None:
        """Make room, by what is over or, where all go on, by what began first."""
        going_on = {k: one for k, one in self._windows.items() if one.ends > now}
        newest = list(going_on.items())[-_MANY // 2 :]
        self._windows = dict(newest)
