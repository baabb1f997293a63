"""The benchmarks, one after the other, on one growing hub."""

from django.core.management import call_command
from django.utils import timezone

from accounts.actor import Actor, Channel
from accounts.models import User
from accounts.roles import Role
from benchmarks import audit, client, delivering, flush, hidden, search, store

STORED = 20_000
"""How many memories go the whole way; the others are copied into the table."""


def everything(rows: int) -> None:
    """Measure storing, flushing, search over `rows`, the audit, and both ways in."""
    call_command("migrate", verbosity=0)
    call_command("warehouse_migrate", verbosity=0)
    ceo = User.objects.create_user("ceo@example.com", role=Role.CEO)
    user = User.objects.create_user("user@example.com", role=Role.USER)
    people = [
        User.objects.create_user(f"user{number}@example.com", role=Role.USER)
        for number in range(200)
    ]
    actor = Actor(user=ceo, channel=Channel.COMMAND)
    stored = min(rows, STORED)
    store.measure(actor, rows=stored, now=timezone.now())
    flush.measure(rows=stored)
    search.measure(actor, rows=rows - stored, owners=[ceo, *people], user=user)
    hidden.measure(outsider=people[0])
    audit.measure(actor, records=rows, now=timezone.now())
    client.measure()
    delivering.measure()
