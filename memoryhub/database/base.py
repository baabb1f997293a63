"""The connection to PostgreSQL."""

import select
from typing import TYPE_CHECKING

from django.db.backends.postgresql import base

if TYPE_CHECKING:
    import psycopg


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is asked whether it lives only where that is in doubt.

    Django asks at the beginning of each request, which costs a round trip. A server
    that ended a connection left word of it, and so does a network that breaks: there is
    something to be read where there should be silence.
    """

    def is_usable(self) -> bool:
        """Whether the next statement may be sent."""
        return self._is_quiet() or super().is_usable()

    def _is_quiet(self) -> bool:
        connection: psycopg.Connection | None = self.connection
        if connection is None or connection.closed or self.errors_occurred:
            return False
        listening = select.poll()
        listening.register(connection.fileno(), select.POLLIN)
        return not listening.poll(0)
