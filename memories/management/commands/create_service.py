"""Make a service account, give one another secret, or list them with their last use."""

import re
from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actor import Channel, hub
from accounts.credentials import NewSecret
from audit.trail import UnavailableError
from memories import mediator
from memories.errors import HubError

DAY = timedelta(days=1)
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Command(BaseCommand):
    """Print a new secret, once and alone on standard output."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take an address, or the wish for a list."""
        parser.add_argument("email", nargs="?", help="the service's e-mail address")
        parser.add_argument(
            "--rotate", action="store_true", help="give a service another secret"
        )
        parser.add_argument(
            "--overlap",
            type=duration,
            help="how long the secrets before it go on working, such as 90m, 24h, 7d; "
            "0 ends them and their tokens at once (with --rotate; default: 24h)",
        )
        parser.add_argument(
            "--list", action="store_true", help="list services and their secrets' use"
        )

    def handle(
        self,
        *args: Any,
        email: str | None,
        rotate: bool,
        overlap: timedelta | None,
        **options: Any,
    ) -> None:
        """Do what was asked for."""
        try:
            if options["list"]:
                self.list_services()
            elif not email:
                msg = "Name the service's e-mail address, or ask for --list."
                raise CommandError(msg)
            elif rotate:
                self.rotate(email, DAY if overlap is None else overlap)
            elif overlap is not None:
                msg = "--overlap is for the secrets before: ask for --rotate with it."
                raise CommandError(msg)
            else:
                self.create(email)
        except (HubError, UnavailableError) as refusal:
            raise CommandError(str(refusal)) from refusal

    def create(self, email: str) -> None:
        """Make an account with its first secret."""
        self.show(
            mediator.create_service(
                actor=hub(Channel.COMMAND), email=email, now=timezone.now()
            )
        )

    def rotate(self, email: str, overlap: timedelta) -> None:
        """Make another secret, and say when those before it end."""
        now = timezone.now()
        made = mediator.rotate_secret(
            actor=hub(Channel.COMMAND), email=email, overlap=overlap, now=now
        )
        self.stderr.write(f"the secrets before it end {shown(now + overlap)}")
        self.show(made)

    def show(self, made: NewSecret) -> None:
        """Print a secret where a file or a pipe takes it and nothing else."""
        self.stderr.write(
            f"{made.service} signs in with this secret, which is shown only here:"
        )
        self.stdout.write(made.text)

    def list_services(self) -> None:
        """Print each service with what is known of its secrets."""
        now = timezone.now()
        for service in mediator.services(actor=hub(Channel.COMMAND), now=now):
            self.stdout.write(f"{service}{'' if service.is_active else ' (disabled)'}")
            for secret in service.secrets.all():
                verb = "ends" if secret.is_live(now) else "ended"
                self.stdout.write(
                    f"  made {shown(secret.created_at)}"
                    f"  {verb} {shown(secret.expires_at)}"
                    f"  last used {shown(secret.last_used_at)}"
                )


def duration(text: str) -> timedelta:
    """Read a span of time, such as `24h`."""
    match = re.fullmatch(r"([0-9]{1,4})([mhd])|0", text)
    if match is None:
        msg = f"{text} is no span of time such as 90m, 24h, 7d or 0"
        raise ArgumentTypeError(msg)
    count, unit = match.groups()
    return timedelta(**{UNITS[unit]: int(count)}) if unit else timedelta()


def shown(moment: datetime | None) -> str:
    """Return a moment as a reader's eye takes it in."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"
