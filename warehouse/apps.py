"""The warehouse's place among the installed applications."""

from django.apps import AppConfig

from journal.signals import appended


class WarehouseConfig(AppConfig):
    """The way from the journal to Snowflake."""

    name = "warehouse"

    def ready(self) -> None:
        """Wake the flush whenever something was written."""
        from warehouse.tasks import wake  # noqa: PLC0415 - models must be loaded

        appended.connect(wake, dispatch_uid="warehouse.wake")
