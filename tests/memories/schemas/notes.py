"""A type of memory for tests alone, in three versions."""

from datetime import timedelta
from typing import Any, ClassVar

from memories.schemas.base import Content, Prose, Text


class NoteV1(Content):
    """How it began."""

    type: ClassVar = "note"
    version: ClassVar = 1
    label: ClassVar = "notes"
    headline: ClassVar = "text"
    searchable: ClassVar = ("text",)
    cache_ttl: ClassVar = timedelta(hours=1)
    retention: ClassVar = None

    text: Prose
    colour: Text | None = None


class NoteV2(NoteV1):
    """It adds an optional field, and so needs no upcaster."""

    version: ClassVar = 2

    place: Text = "desk"


class NoteV3(Content):
    """It renames a field, and says how to come from version 2."""

    type: ClassVar = "note"
    version: ClassVar = 3
    label: ClassVar = "notes"
    headline: ClassVar = "body"
    searchable: ClassVar = ("body",)
    cache_ttl: ClassVar = timedelta(hours=1)
    retention: ClassVar = None

    body: Prose
    colour: Text | None = None
    place: Text = "desk"

    @classmethod
    def upcast(cls, older: dict[str, Any]) -> dict[str, Any]:
        """Call the text the body."""
        rest = {name: value for name, value in older.items() if name != "text"}
        return rest | {"body": older["text"]}
