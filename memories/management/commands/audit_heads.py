"""Say how far this node's file of heads has come, and accept what it has lost."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.actor import Channel, hub
from audit import heads
from memories import mediator


class Command(BaseCommand):
    """Compare the file with what the database knows of it."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the plain word that a loss is accepted with."""
        parser.add_argument(
            "--accept",
            action="store_true",
            help="let the sealer go on from where the file ends, by the database",
        )

    def handle(self, *args: Any, accept: bool, **options: Any) -> None:
        """Change nothing unless it is asked for; what is accepted is on record."""
        file = settings.AUDIT_HEADS_FILE
        try:
            there, least = heads.last(file), heads.least(file)
        except heads.HeadsError as error:
            raise CommandError(str(error)) from error
        if there >= least:
            self.stdout.write(f"{file} ends with block {there}: nothing is lost.")
        elif accept:
            with transaction.atomic():
                heads.accept(file, there)
                mediator.administered(
                    actor=hub(Channel.COMMAND),
                    action="heads_accepted",
                    about=f"blocks {there + 1} to {least} of {heads.place(file)}",
                    now=timezone.now(),
                )
            self.stdout.write(
                f"{file} ends with block {there}: the sealer writes blocks "
                f"{there + 1} to {least} anew, from the database as it is now."
            )
        else:
            raise CommandError(heads.lost(file, there, least))
