"""The admin site's place among the installed applications."""

from django.contrib.admin.apps import AdminConfig


class HubAdminConfig(AdminConfig):
    """Django's admin with the hub's own site."""

    default_site = "memoryhub.admin.HubAdminSite"
