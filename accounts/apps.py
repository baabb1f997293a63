"""The accounts' place among the installed applications."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from accounts.roles import Role


class AccountsConfig(AppConfig):
    """People, service accounts and their tokens."""

    name = "accounts"

    def ready(self) -> None:
        """Make the roles' groups whenever the database has been migrated."""
        post_migrate.connect(_make_roles, sender=self, dispatch_uid="accounts.roles")


def _make_roles(sender: AppConfig, using: str, **_: Any) -> None:
    groups = apps.get_model("auth", "Group").objects.using(using)
    for role in Role:
        groups.get_or_create(name=role)
