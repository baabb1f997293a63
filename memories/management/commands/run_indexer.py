"""Follow the journal into this node's search index, until told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from memories.search import engine, indexer

PAUSE_SECONDS = 0.25


class Command(BaseCommand):
    """Keep this node's search index up with the journal."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write(f"indexing into {engine.index().directory}")
        while not stop.is_set():
            close_old_connections()
            if count := indexer.follow(engine.index()):
                self.stdout.write(f"indexed {count} changes")
            stop.wait(PAUSE_SECONDS)
