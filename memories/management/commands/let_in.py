"""Let somebody in again who is locked out, or who has lost their second factor."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts import lockout, second_factor
from accounts.actor import Channel, hub
from accounts.models import User
from audit import trail


class Command(BaseCommand):
    """Forget an account's failed sign-ins, and its second factor if that is asked."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the account's address."""
        parser.add_argument("email")
        parser.add_argument(
            "--second-factor",
            action="store_true",
            help="take the second factor off, and end all sessions and tokens",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Forget it, with a record of that."""
        user = User.objects.at_address(options["email"]).first()
        if user is None:
            msg = f"Nobody has the address {options['email']}."
            raise CommandError(msg)
        now = timezone.now()
        with transaction.atomic():
            lockout.forgive(username=user.email)
            action = "lockout_reset"
            if options["second_factor"]:
                second_factor.reset(user=user, but=None, now=now)
                action = "second_factor_reset"
            trail.record(
                trail.Access(
                    accessor=hub(Channel.COMMAND),
                    action=action,
                    at=now,
                    about=f"account {user.pk}",
                )
            )
        self.stdout.write(f"{user} can sign in again.")
