"""Following the journal into this node's index."""

from datetime import datetime

from horizon.order import Position
from journal import log
from memories.journaling import TOPIC
from memories.models import Memory
from memories.search.cards import cards
from memories.search.index import Index

BATCH = 2000


def follow(index: Index) -> int:
    """Bring the index up to the journal's settled end; returns entries dealt with.

    The journal says which memories changed; what they are is read from the table, so
    that two changes read in the wrong order still end right.
    """
    journal = log.identity()
    dealt_with = 0
    while entries := log.read(topic=TOPIC, after=index.position(journal), limit=BATCH):
        changed = {entry.key for entry in entries}
        found = {card.id: card for card in cards(Memory.objects.with_ids(changed))}
        index.apply(
            cards=found.values(),
            gone=changed - found.keys(),
            journal=journal,
            to=Position(entries[-1].xid, entries[-1].seq),
        )
        dealt_with += len(entries)
    return dealt_with


def lag(index: Index, *, now: datetime) -> float:
    """Return for how many seconds the oldest change has waited for the index."""
    since = log.waiting_since(topic=TOPIC, after=index.position(log.identity()))
    return (now - since).total_seconds() if since else 0.0
