"""Which memory an address of the admin names, for the record of what is refused."""

from uuid import UUID

from django.contrib.admin.utils import unquote


def ids_in(object_id: str | None) -> list[UUID]:
    """Return the one memory; none where the address names no id."""
    try:
        return [UUID(unquote(object_id))] if object_id else []
    except ValueError:
        return []
