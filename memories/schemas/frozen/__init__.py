"""The published schemas as JSON Schema files, which never change."""

from pathlib import Path

from memories.schemas.base import Content

FROZEN = Path(__file__).parent


def file_of(schema: type[Content]) -> Path:
    """Return the file of a schema version."""
    return FROZEN / f"{schema.type}.v{schema.version}.json"
