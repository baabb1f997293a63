"""Writing memories so that they can be read again."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

from pydantic_core import to_json

from memoryhub_client.blocking import MemoryClient
from memoryhub_client.schemas.answers import MemoryAnswer

_SAME = (
    *("type", "title", "content", "metadata", "tags", "source", "external_id"),
    *("occurred_at", "schema_version"),
)


def export(hub: MemoryClient, query: str, path: Path | None, *, whole: bool) -> int:
    """Write what a query finds, a line each, the oldest first; returns how many.

    By default as drafts, which can be imported; with `whole` as they are read. A file
    is there when it is whole, and not before.
    """
    begun = path and path.with_name(f"{path.name}.part")
    opened: AbstractContextManager[IO[str]] = (
        begun.open("w", encoding="utf-8") if begun else nullcontext(sys.stdout)
    )
    count = 0
    with opened as file:
        for result in hub.search_all(query, sort="oldest", limit=100):
            shown: Any = result.memory if whole else draft_of(result.memory)
            file.write(to_json(shown).decode() + "\n")
            count += 1
    if begun and path:
        begun.replace(path)
    return count


def draft_of(memory: MemoryAnswer) -> dict[str, Any]:
    """Return a memory as it could be stored."""
    fields = {name: getattr(memory, name) for name in _SAME}
    owner = {"owner": memory.owner.email} if memory.owner else {}
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    return given | owner
