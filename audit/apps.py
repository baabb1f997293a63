"""The audit's place among the installed applications."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The record of every access."""

    name = "audit"
