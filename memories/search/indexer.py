"""Building this node's index, and following the journal into it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from horizon.order import Position
from journal import log
from memories.journaling import TOPIC
from memories.models import Memory
from memories.search.cards import cards
from memories.search.index import Index
from memories.search.lexical import shelf
from memories.search.shelf import damage
from memories.search.tail import touched

BATCH = 2000

type Report = Callable[[int], object]
"""Hears how many memories have been indexed since it heard last."""


def trusted() -> Index | None:
    """Return the index that is read; None when it is to be built anew."""
    index = shelf().current()
    if index and index.position(log.identity()) is None:
        shelf().condemn(index, "it follows another journal")
        return None
    return index


def check() -> str:
    """Compare the files of the index with their checksums; return what is wrong.

    A damaged index is read no more.
    """
    index = shelf().current()
    fault = damage(index) if index else ""
    if index and fault:
        shelf().condemn(index, fault)
    return fault


def rebuild(*, report: Report = lambda _: None) -> Index:
    """Build an index from the table, beside the one that is read, and put it up.

    The place in the journal is taken first: what changes meanwhile is indexed twice.

    Raises:
        BusyError: another process is building one.
    """
    journal, place = log.identity(), log.end(topic=TOPIC)
    with shelf().building() as index:
        for batch in _everything():
            found = cards(batch)
            index.apply(cards=found, gone=(), are_new=True)
            report(len(batch))
        index.commit(journal=journal, to=place)
        _follow(index)
    return index


def follow(index: Index) -> int:
    """Bring the index up to the journal's settled end; returns entries dealt with.

    The journal says which memories changed; what they are is read from the table, so
    that two changes read in the wrong order still end right. An index that turns out
    to be damaged is read no more; one that another has replaced is left alone.
    """
    try:
        return _follow(index)
    except (OSError, ValueError):
        if shelf().current() is index:
            if not (fault := damage(index)):
                raise
            shelf().condemn(index, fault)
        return 0


def lag(*, now: datetime) -> float | None:
    """Return for how many seconds the oldest change has waited for the index.

    None is an index that is still to be built.
    """
    index = shelf().current()
    place = index.position(log.identity()) if index else None
    if place is None:
        return None
    since = log.waiting_since(topic=TOPIC, after=place)
    return (now - since).total_seconds() if since else 0.0


def _follow(index: Index) -> int:
    """Deal with what is there, and leave what comes meanwhile to the next time.

    Each commit leaves a small segment, and on a busy hub something always comes.
    """
    journal = log.identity()
    place = index.position(journal)
    dealt_with, has_more = 0, True
    while has_more and place is not None:
        entries = log.read(topic=TOPIC, after=place, limit=BATCH, bodies=False)
        has_more = len(entries) == BATCH
        if not entries:
            break
        around = touched({entry.key for entry in entries}, index)
        changed = {one for ids in around.values() for one in ids.all}
        found = {card.id: card for card in cards(changed)}
        place = Position(entries[-1].xid, entries[-1].seq)
        index.apply(cards=found.values(), gone=changed - found.keys())
        index.commit(journal=journal, to=place)
        dealt_with += len(entries)
    return dealt_with


def _everything() -> Iterator[list[UUID]]:
    """Go through the ids of all memories, in batches, holding no transaction open."""
    after = UUID(int=0)
    while True:
        ids = Memory.objects.filter(pk__gt=after).order_by("pk")
        batch = list(ids.values_list("pk", flat=True)[:BATCH])
        if not batch:
            return
        yield batch
        after = batch[-1]
