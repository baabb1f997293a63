"""Journal bodies for tests: what the warehouse is handed of a memory."""

from typing import Any

MEMORY = "0198a3f2-0000-7000-8000-000000000001"


def body(version: int = 1, **fields: Any) -> dict[str, Any]:
    """Return the whole of one version of a memory."""
    return {
        "id": MEMORY,
        "type": "chat",
        "schema_version": 1,
        "version": version,
        "title": f"Version {version}",
        "content": {"message": f"What version {version} says"},
        "metadata": {},
        "tags": [],
        "source": "api",
        "external_id": None,
        "owner_id": 5,
        "owner_email": "ann@example.com",
        "acl": ["owner:5"],
        "occurred_at": "2026-06-01T12:00:00+00:00",
        "created_at": "2026-06-01T12:00:00+00:00",
        "updated_at": "2026-06-01T12:00:00+00:00",
        "expires_at": None,
        "legal_hold": False,
        "search_text": "",
        "deleted_at": None,
        "by": {"id": 5, "email": "ann@example.com"},
        **fields,
    }


def tombstone(version: int) -> dict[str, Any]:
    """Return what is left of a memory that was deleted."""
    whole = body(version, deleted_at="2026-06-02T12:00:00+00:00")
    kept = ("id", "type", "schema_version", "version", "source", "deleted_at", "by")
    times = ("occurred_at", "created_at", "updated_at")
    return {name: whole[name] for name in (*kept, *times)}
