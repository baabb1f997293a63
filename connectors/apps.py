"""The connectors' place among the installed applications."""

from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate, post_save


class ConnectorsConfig(AppConfig):
    """What flows in by itself."""

    name = "connectors"

    def ready(self) -> None:
        """Wake the work on what comes in, and hear of new accounts."""
        # Models must be loaded.
        from accounts.models import User  # noqa: PLC0415
        from connectors import people, tasks  # noqa: PLC0415
        from connectors.signals import received  # noqa: PLC0415

        post_migrate.connect(prepare_rules, sender=self)
        received.connect(tasks.wake, dispatch_uid="connectors.wake")
        post_save.connect(people.account_exists, User, dispatch_uid="connectors.people")


def prepare_rules(**_: Any) -> None:
    """Give each connector a row of rules, in which an admin finds what to decide."""
    from connectors.models import Rules  # noqa: PLC0415 - needs the models
    from connectors.registry import registry  # noqa: PLC0415 - with the former

    if Rules._meta.db_table in connection.introspection.table_names():
        Rules.objects.bulk_create(
            [Rules(connector=name) for name in registry()], ignore_conflicts=True
        )
