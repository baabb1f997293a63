"""The domain's place among the installed applications."""

from django.apps import AppConfig


class MemoriesConfig(AppConfig):
    """What the company remembers."""

    name = "memories"

    def ready(self) -> None:
        """Register the system checks."""
        from memories import checks  # noqa: F401, PLC0415 - needs the models
