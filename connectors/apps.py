"""The connectors' place among the installed applications."""

from django.apps import AppConfig
from django.db.models.signals import post_save


class ConnectorsConfig(AppConfig):
    """What flows in by itself."""

    name = "connectors"

    def ready(self) -> None:
        """Wake the work on what comes in, and hear of new accounts."""
        # Models must be loaded.
        from accounts.models import User  # noqa: PLC0415
        from connectors import people, tasks  # noqa: PLC0415
        from connectors.signals import received  # noqa: PLC0415

        received.connect(tasks.wake, dispatch_uid="connectors.wake")
        post_save.connect(people.account_exists, User, dispatch_uid="connectors.people")
