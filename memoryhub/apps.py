"""The admin site's place among the installed applications."""

from typing import Any

import structlog
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django_structlog.signals import bind_extra_request_metadata

from accounts.addresses import address_of


class HubAdminConfig(AdminConfig):
    """Django's admin with the hub's own site."""

    default_site = "memoryhub.admin.HubAdminSite"

    def ready(self) -> None:
        """Have each line of the log say whom its request comes from."""
        super().ready()
        bind_extra_request_metadata.connect(_bind_address, dispatch_uid="memoryhub")


def _bind_address(request: HttpRequest, **_: Any) -> None:
    structlog.contextvars.bind_contextvars(ip=address_of(request))
