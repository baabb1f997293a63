"""Renumber the journal for this cluster, after a dump of another was restored here."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from journal.rebase import BusyError, rebase

NEXT = (
    "Delete the search index of every node before its indexer starts: the index keeps "
    "a place of its own, by the old numbers."
)


class Command(BaseCommand):
    """Fit transaction ids to the cluster; docs/restore-a-backup.md says when."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to begin anew."""
        parser.add_argument(
            "--rewind",
            action="store_true",
            help="let every reader begin anew, as after emptying the warehouse",
        )

    def handle(self, *args: Any, rewind: bool, **options: Any) -> None:
        """Renumber, and say what and what comes next."""
        try:
            counts = rebase(rewind=rewind)
        except BusyError as error:
            raise CommandError(str(error)) from None
        for table, rows in counts.items():
            self.stdout.write(f"{table}: {rows} rows renumbered")
        if rewind:
            self.stdout.write("every cursor is at the beginning")
        self.stdout.write(NEXT)
