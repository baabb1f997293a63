"""Get from a tool's API what its deliveries missed."""

from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from tqdm import tqdm

from accounts.actor import Channel, hub
from connectors import catching_up
from connectors.registry import registry


class Command(BaseCommand):
    """Remember a tool's past, in the same way as what it delivers."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask which tool, and how far back."""
        parser.add_argument("connector", choices=sorted(registry()))
        parser.add_argument("--since", required=True, type=_instant)
        parser.add_argument("--until", type=_instant, help="now, if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go on where an earlier run of the same span ended."""
        name, since = options["connector"], options["since"]
        if not settings.CONNECTOR_APIS[name]["token"]:
            msg = f"There is no token for the API of {name}: see docs/settings.md."
            raise CommandError(msg)
        now = timezone.now()
        backfill = catching_up.begin(name, since=since, until=options["until"], now=now)
        pages = catching_up.go_on(
            registry()[name], backfill, actor=hub(Channel.COMMAND), now=now
        )
        count = 0
        try:
            with tqdm(initial=backfill.done, disable=None) as bar:
                for page in pages:
                    count += len(page.parts)
                    bar.total = page.total
                    bar.update(page.done - bar.n)
        except KeyboardInterrupt:
            msg = f"{count} parts taken in; run this again to go on."
            raise CommandError(msg, returncode=130) from None
        except Exception as error:
            # A client raises what it likes; the cursor is safe whatever that is.
            msg = f"{count} parts taken in; then {error}. Run this again to go on."
            raise CommandError(msg) from error
        self.stdout.write(f"{count} parts taken in, up to {backfill.until:%Y-%m-%d}.")


def _instant(text: str) -> datetime:
    """Read a day, or a time; without an offset it is UTC."""
    day = parse_date(text)
    if day:
        return datetime.combine(day, time.min, tzinfo=UTC)
    at = parse_datetime(text)
    if at is None:
        raise ValueError(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
