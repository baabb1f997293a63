"""The connectors' place among the installed applications."""

from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate, post_save

from connectors.registry import registry
from connectors.signals import received


class ConnectorsConfig(AppConfig):
    """What flows in by itself."""

    name = "connectors"

    def ready(self) -> None:
        """Wake the work on what comes in, and hear of new accounts."""
        from accounts.models import User  # noqa: PLC0415 - models load after apps
        from connectors import people, tasks  # noqa: PLC0415 - so do theirs

        post_migrate.connect(prepare_rules, sender=self)
        received.connect(tasks.wake, dispatch_uid="connectors.wake")
        post_save.connect(people.account_exists, User, dispatch_uid="connectors.people")


def prepare_rules(**_: Any) -> None:
    """Give each connector a row of rules, in which an admin finds what to decide."""
    from connectors.models import Rules  # noqa: PLC0415 - models load after apps

    if Rules._meta.db_table in connection.introspection.table_names():
        Rules.objects.bulk_create(
            [Rules(connector=name) for name in registry()], ignore_conflicts=True
        )
