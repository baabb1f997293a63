"""The accounts' place among the installed applications."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, service accounts and their tokens."""

    name = "accounts"
