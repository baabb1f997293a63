"""Say how far this node's file of heads has come, and accept what it has lost."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import heads


class Command(BaseCommand):
    """Compare the file with what the database knows of it."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the plain word that a loss is accepted with."""
        parser.add_argument(
            "--accept",
            action="store_true",
            help="let the sealer write what is lost anew, from the database",
        )

    def handle(self, *args: Any, accept: bool, **options: Any) -> None:
        """Change nothing unless it is asked for."""
        file = settings.AUDIT_HEADS_FILE
        try:
            known, there = heads.known(file), heads.last(file)
        except heads.HeadsError as error:
            raise CommandError(str(error)) from error
        said = f"{file} ends with block {there}"
        if there >= known:
            self.stdout.write(f"{said}: nothing is lost.")
        elif accept:
            heads.accept(file)
            self.stdout.write(
                f"{said}, and had come to block {known}: the sealer writes blocks "
                f"{there + 1} to {known} anew, from the database as it is now."
            )
        else:
            raise CommandError(heads.lost(file, there, known))
