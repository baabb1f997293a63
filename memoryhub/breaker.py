"""A Redis connection that stops asking a Redis that does not answer.

Without it, every request would wait for the timeout of a hung Redis. After a failure
the breaker is open for a few seconds: commands fail at once, the callers do without,
and then one connection tries again.
"""

import time
from typing import Any

from redis import Connection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

OPEN_SECONDS = 3.0


class BreakerConnection(Connection):
    """A connection that shares one breaker with all others of its process."""

    open_until = 0.0

    def connect(self, *args: Any, **kwargs: Any) -> None:
        """Connect, unless the last attempt failed a moment ago."""
        self._guard(super().connect, *args, **kwargs)

    def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        """Send a command, unless the last one failed a moment ago."""
        self._guard(super().send_packed_command, *args, **kwargs)

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        """Read an answer; one that does not come opens the breaker."""
        return self._guard(super().read_response, *args, **kwargs)

    def _guard(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        breaker = BreakerConnection
        if time.monotonic() < breaker.open_until:
            msg = "Redis did not answer a moment ago; doing without it"
            raise RedisConnectionError(msg)
        try:
            return call(*args, **kwargs)
        except (RedisConnectionError, RedisTimeoutError, OSError):
            breaker.open_until = time.monotonic() + OPEN_SECONDS
            raise
