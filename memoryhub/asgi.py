"""The MCP process's way in; the web is served by wsgi.py."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryhub.settings")
django.setup()

from mcp_server.http import application as make  # noqa: E402 - needs the settings

application = make()
