"""Redis connections that stop asking a Redis that does not answer.

Without them, every request would wait for the timeout of a hung Redis. After a failure
the breaker is open for a few seconds: commands fail at once, the callers do without,
and then one connection tries again.
"""

import time
from logging import LogRecord
from typing import Any

import structlog
from redis import Connection, SSLConnection, UnixDomainSocketConnection
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = structlog.get_logger(__name__)

OPEN_SECONDS = 3.0
_FAILURES = (RedisConnectionError, RedisTimeoutError, OSError)


class BreakerConnection(AbstractConnection):
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
        except _FAILURES as error:
            was_open = time.monotonic() < breaker.open_until
            breaker.open_until = time.monotonic() + OPEN_SECONDS
            if not was_open:
                logger.warning(
                    "redis_unreachable", error=str(error), seconds_without=OPEN_SECONDS
                )
            raise


class TcpConnection(BreakerConnection, Connection):
    """To `redis://`."""


class TlsConnection(BreakerConnection, SSLConnection):
    """To `rediss://`."""


class UnixConnection(BreakerConnection, UnixDomainSocketConnection):
    """To `unix://`."""


CONNECTIONS: dict[str, type[object]] = {
    "redis": TcpConnection,
    "rediss": TlsConnection,
    "unix": UnixConnection,
}
"""The class for each scheme of a URL."""


def is_news(record: LogRecord) -> bool:
    """Tell whether a failure that django-redis ignores is not the breaker's own.

    The breaker says one line when it opens; django-redis says a traceback a call.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error and error.__cause__, _FAILURES)
