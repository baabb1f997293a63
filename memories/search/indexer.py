"""Following the journal into this node's index."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from horizon.order import Position
from journal import log
from memories.journaling import TOPIC
from memories.models import Memory
from memories.search.index import Card, Index

BATCH = 2000


def follow(index: Index) -> int:
    """Bring the index up to the journal's settled end; returns entries dealt with.

    The journal says which memories changed; what they are is read from the table, so
    that two changes read in the wrong order still end right.
    """
    dealt_with = 0
    while entries := log.read(topic=TOPIC, after=index.position, limit=BATCH):
        changed = {entry.key for entry in entries}
        cards = {card.id: card for card in _cards(changed)}
        last = entries[-1]
        index.apply(
            cards=cards.values(),
            gone=changed - cards.keys(),
            to=Position(last.xid, last.seq),
        )
        dealt_with += len(entries)
    return dealt_with


def lag(index: Index, *, now: datetime) -> float:
    """Return for how many seconds the oldest change has waited for the index."""
    since = log.waiting_since(topic=TOPIC, after=index.position)
    return (now - since).total_seconds() if since else 0.0


def _cards(ids: Iterable[UUID]) -> Iterable[Card]:
    memories = (
        Memory.objects.filter(pk__in=list(ids))
        .select_related("owner")
        .prefetch_related("user_permissions", "group_permissions")
    )
    for memory in memories:
        content = memory.read_content()
        yield Card(
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
