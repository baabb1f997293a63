"""System checks: a type of memory that is not complete stops the start."""

from typing import Any

from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, register

from memories.models import PROXIES
from memories.schemas.registry import registry


@register(Tags.models)
def every_type_is_complete(**_: Any) -> list[CheckMessage]:
    """Each type has a schema, a proxy and an admin."""
    proxies = {proxy.type_name: proxy for proxy in PROXIES}
    known = {
        "schema in memories/schemas/registry.py": set(registry().types),
        "proxy in memories.models.PROXIES": set(proxies),
        "admin in memories/admin/": {
            type_ for type_, proxy in proxies.items() if admin.site.is_registered(proxy)
        },
    }
    every = set().union(*known.values())
    return [
        Error(f"The memory type {type_!r} has no {what}.", id="memories.E001")
        for what, having in known.items()
        for type_ in sorted(every - having)
    ]
