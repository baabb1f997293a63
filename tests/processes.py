"""Programs that run beside a test, on the services that it has."""

import os
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection


def environment(**variables: str) -> dict[str, str]:
    """Return what a program of the hub needs to work on the test's own data."""
    address = urlsplit(os.environ["DATABASE_URL"])
    database = address._replace(path=f"/{connection.settings_dict['NAME']}")
    return {
        **os.environ,
        "DATABASE_URL": database.geturl(),
        "SEARCH_INDEX_DIR": str(settings.SEARCH_INDEX_DIR),
        **variables,
    }
