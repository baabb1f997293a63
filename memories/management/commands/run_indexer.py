"""Keep this node's search index, until told to stop."""

import os
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)

from memories.search import indexer
from memories.search.shelf import BusyError

NICENESS = 5
"""The index may lag a little, since its tail is searched too; answers may not."""
PAUSE_SECONDS = 1.0
"""Each commit leaves a small segment, and the small ones are merged over and over: at
50 changes a second, twice as often took 60 % of a core."""
LONGEST_PAUSE_SECONDS = 5.0
CHECK_SECONDS = 600.0
"""How often the files are compared with their checksums: a second a gigabyte."""


class Command(BaseCommand):
    """Build what is missing, follow the journal, and outlive PostgreSQL."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        os.nice(NICENESS)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.check_files()
        pause, next_check = PAUSE_SECONDS, time.monotonic() + CHECK_SECONDS
        while not stop.wait(pause):
            if time.monotonic() >= next_check:
                self.check_files()
                next_check = time.monotonic() + CHECK_SECONDS
            try:
                close_old_connections()
                self.keep_up()
            except (InterfaceError, OperationalError) as error:
                connection.close()
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                reason = str(error).partition("\n")[0]
                self.stderr.write(f"no PostgreSQL; again in {pause:g} s: {reason}")
                continue
            except BusyError as error:
                self.stderr.write(f"{error}; this one waits")
            pause = PAUSE_SECONDS

    def check_files(self) -> None:
        """Look for what has happened to the index's files."""
        if fault := indexer.check():
            self.stderr.write(f"the index is damaged and is built anew: {fault}")

    def keep_up(self) -> None:
        """Bring the index up to the journal, or build it where there is none."""
        if (index := indexer.trusted()) is None:
            self.stdout.write("building the search index")
            index = indexer.rebuild()
            self.stdout.write(f"indexing into {index.directory}")
        if count := indexer.follow(index):
            self.stdout.write(f"indexed {count} changes")
