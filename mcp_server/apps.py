"""The application."""

from django.apps import AppConfig


class McpServerConfig(AppConfig):
    """Where `manage.py` finds `mcp_stdio`."""

    name = "mcp_server"
