"""Build this node's search index anew, beside the one that is read meanwhile."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from memories.models import Memory
from memories.search import indexer
from memories.search.shelf import BusyError


class Command(BaseCommand):
    """Build the index from the table, and put it in the place of the old one."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Build it."""
        total = Memory.objects.count()
        try:
            with tqdm(total=total, unit=" memories", file=self.stderr) as bar:
                index = indexer.rebuild(report=bar.update)
        except BusyError as error:
            raise CommandError(f"{error}; let it end.") from error
        self.stdout.write(f"{bar.n:,} memories are searched in {index.directory}")
