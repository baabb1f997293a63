"""What search knows of one memory: its words, and what it is filtered by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from memories.models import Memory
from memories.querysets import MemoryQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One memory as search sees it."""

    id: UUID
    title: str
    text: str
    type: str
    source: str
    tags: Sequence[str]
    owner: str | None
    customer: str | None
    readers: Sequence[str]
    occurred_at: datetime


def cards(memories: MemoryQuerySet) -> Iterator[Card]:
    """Return the cards of some memories."""
    related = memories.select_related("owner").prefetch_related(
        "user_permissions", "group_permissions"
    )
    return map(_card, related)


def _card(memory: Memory) -> Card:
    content = memory.read_content()
    return Card(
        id=memory.pk,
        title=memory.title,
        text="\n".join((content.search_text(), *memory.tags)),
        type=memory.type,
        source=memory.source,
        tags=memory.tags,
        owner=memory.owner.email if memory.owner else None,
        customer=content.customer_name(),
        readers=memory.readers(),
        occurred_at=memory.occurred_at,
    )
