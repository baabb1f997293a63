"""Bring Snowflake's schema up to this version; may be repeated."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warehouse import snowflake


class Command(BaseCommand):
    """Apply warehouse/ddl to Snowflake."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Apply every file, and say which."""
        try:
            for name in snowflake.migrate():
                self.stdout.write(f"applied {name}")
        except snowflake.NotConfiguredError:
            msg = (
                "No Snowflake is configured: set SNOWFLAKE_ACCOUNT and SNOWFLAKE_USER."
            )
            raise CommandError(msg) from None
        except snowflake.UnreachableError as error:
            msg = f"Snowflake did not take it: {error}"
            raise CommandError(msg) from error
