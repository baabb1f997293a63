"""Verify the audit: its records, its blocks, and the heads that are kept outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone
from tqdm import tqdm

from audit import heads
from audit.models import Record
from audit.verify import BrokenError, Kept, verify
from warehouse import snowflake


class Command(BaseCommand):
    """Say that nothing was changed, or name the first record or block that was."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer other heads to compare with."""
        parser.add_argument(
            "--heads",
            dest="file",
            type=Path,
            default=settings.AUDIT_HEADS_FILE,
            help="a copy of the file of heads, in place of AUDIT_HEADS_FILE",
        )
        parser.add_argument(
            "--snowflake",
            dest="with_snowflake",
            action="store_true",
            help="compare with MEMORY_AUDIT_HEADS too",
        )

    def handle(
        self, *args: Any, file: Path, with_snowflake: bool, **options: Any
    ) -> None:
        """Verify everything in one state of the database."""
        kept = list(_kept(file, with_snowflake=with_snowflake))
        try:
            with (
                _one_state(),
                tqdm(
                    total=Record.objects.count(), unit=" records", file=self.stderr
                ) as bar,
            ):
                found = verify(now=timezone.now(), kept=kept, report=bar.update)
        except BrokenError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{found.records:,} records in {found.blocks:,} blocks are as they were "
            f"sealed; {found.pruned:,} are pruned, {found.unsealed:,} not sealed yet."
        )


def _kept(file: Path, *, with_snowflake: bool) -> Iterator[Kept]:
    """Return the heads outside the database, read before its state is chosen.

    So a block that is sealed meanwhile is in none of them, and never the other way.
    """
    try:
        found = list(heads.read(file))
    except FileNotFoundError:
        found = []
    except heads.HeadsError as error:
        msg = f"The file of heads cannot be read: {error}"
        raise CommandError(msg) from error
    yield Kept(f"the file {file}", found, grows=_is_ours(file))
    if with_snowflake:
        try:
            yield Kept("Snowflake", snowflake.heads())
        except snowflake.NotConfiguredError:
            msg = "No Snowflake is configured: leave --snowflake out."
            raise CommandError(msg) from None
        except snowflake.UnreachableError as error:
            msg = f"Snowflake did not answer: {error}"
            raise CommandError(msg) from error


def _is_ours(file: Path) -> bool:
    return file.resolve() == settings.AUDIT_HEADS_FILE.resolve()


@contextmanager
def _one_state() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
