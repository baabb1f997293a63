"""The benchmarks, one after the other, on one growing hub."""

from django.core.management import call_command
from django.utils import timezone

from accounts.actor import Actor, Channel
from accounts.models import User
from accounts.roles import Role
from benchmarks import flush, search, store


def everything(rows: int) -> None:
    """Measure storing, the way to Snowflake, and searching over `rows` memories."""
    call_command("migrate", verbosity=0)
    call_command("warehouse_migrate", verbosity=0)
    ceo = User.objects.create_user("ceo@example.com", role=Role.CEO)
    actor = Actor(user=ceo, channel=Channel.COMMAND)
    store.measure(actor, rows=rows, now=timezone.now())
    flush.measure(rows=rows)
    search.measure(actor, rows=rows)
