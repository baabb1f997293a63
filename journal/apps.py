"""The journal's place among the installed applications."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """The append-only record of every change."""

    name = "journal"
