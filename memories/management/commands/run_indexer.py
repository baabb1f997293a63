"""Follow the journal into this node's search index, until told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)

from memories.search import engine, indexer

PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0


class Command(BaseCommand):
    """Keep this node's search index up with the journal, and outlive PostgreSQL."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write(f"indexing into {engine.index().directory}")
        pause = PAUSE_SECONDS
        while not stop.wait(pause):
            try:
                close_old_connections()
                count = indexer.follow(engine.index())
            except (InterfaceError, OperationalError) as error:
                connection.close()
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                reason = str(error).partition("\n")[0]
                self.stderr.write(f"no PostgreSQL; again in {pause:g} s: {reason}")
                continue
            pause = PAUSE_SECONDS
            if count:
                self.stdout.write(f"indexed {count} changes")
