"""Make the demo company: its accounts and a year of its memories, once."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from memories.demo import seeding


class Command(BaseCommand):
    """Seed the demo company; what is there already stays as it is."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing, and say so."""
        password = os.environ.get("DEMO_PASSWORD")
        if not password:
            msg = (
                "DEMO_PASSWORD is not set, and the demo accounts need a password. Set "
                "it and run this again: DEMO_PASSWORD=... python manage.py seed_demo"
            )
            raise CommandError(msg)
        for email in seeding.ensure_logins(password):
            self.stdout.write(f"{email} signs in with DEMO_PASSWORD")
        if seeding.is_complete():
            self.stdout.write("the demo company is there")
            return
        if missing := seeding.ensure_colleagues():
            self.stdout.write(f"{missing} colleagues have accounts")
        try:
            seeding.store_memories(now=timezone.now(), report=self.stdout.write)
        except seeding.RefusedError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("the demo company is there")
