"""Following the journal into the vectors, and making those that are still lacking.

No transaction is open while a text is embedded: it would hold back every reader of the
journal.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import structlog

from horizon.order import Position
from journal import log
from memories.journaling import TOPIC
from memories.models import Memory
from memories.querysets import MemoryQuerySet
from memories.search import vectors
from memories.search.embedding import Embedder, TextRefusedError

logger = structlog.get_logger(__name__)

CURSOR = "embeddings"
BATCH = 32
LONGEST = 8000
"""How many characters of a memory are embedded; models read far fewer or not more."""

RUN_SECONDS = 60.0
"""After how long a run leaves the rest to the next: its worker has more to do."""


def passage(memory: Memory) -> str:
    """Return the text that stands for a memory."""
    return f"{memory.title}\n{memory.read_content().search_text()}"[:LONGEST]


def follow(embedder: Embedder, *, now: Callable[[], datetime]) -> int:
    """Embed what the settled journal says has changed; returns how many memories.

    Does nothing while another reader holds the cursor. A deletion asks for nothing, as
    PostgreSQL removes a memory's vectors with it.

    Raises:
        EmbeddingUnavailableError: no more for now; the cursor stays where it came to.
        VectorsUnavailableError: PostgreSQL keeps no vectors.
    """
    vectors.prepare(model=embedder.model, dimensions=embedder.dimensions)
    with log.reading(CURSOR) as place:
        if place is None:
            return 0
        embedded = 0
        ends = time.monotonic() + RUN_SECONDS
        while time.monotonic() < ends and (
            entries := log.read(topic=TOPIC, after=place, limit=BATCH)
        ):
            changed = {entry.key for entry in entries}
            lacking = vectors.lacking(model=embedder.model)
            embedded += _embed(embedder, _read(lacking.with_ids(changed)))
            place = Position(entries[-1].xid, entries[-1].seq)
            log.advance(CURSOR, to=place, now=now())
        return embedded


def leave() -> None:
    """Follow no longer, so that the journal waits for nobody who does not read."""
    log.leave(CURSOR)


def backlog(embedder: Embedder) -> Iterator[int]:
    """Embed all that has no vector of this model, the oldest first.

    Yields how many memories each batch embedded. What was interrupted goes on where it
    was when it is called again.

    Raises:
        EmbeddingUnavailableError: no more for now.
    """
    lacking = vectors.lacking(model=embedder.model).order_by("pk")
    rest = lacking
    while batch := _read(rest[:BATCH]):
        yield _embed(embedder, batch)
        rest = lacking.filter(pk__gt=batch[-1].pk)


def lag(*, now: datetime) -> float:
    """Return for how many seconds the oldest change has waited for its vector."""
    since = log.waiting_since(topic=TOPIC, after=log.position(CURSOR))
    return (now - since).total_seconds() if since else 0.0


def _read(memories: MemoryQuerySet) -> list[Memory]:
    return list(memories.only("type", "schema_version", "version", "title", "content"))


def _embed(embedder: Embedder, memories: Sequence[Memory]) -> int:
    if not memories:
        return 0
    try:
        rows = embedder.embed([passage(memory) for memory in memories])
    except TextRefusedError as refusal:
        return _embed_each(embedder, memories, refusal)
    vectors.put(
        {
            memory.pk: (memory.version, row)
            for memory, row in zip(memories, rows, strict=True)
        },
        model=embedder.model,
        dimensions=embedder.dimensions,
    )
    return len(memories)


def _embed_each(
    embedder: Embedder, memories: Sequence[Memory], refusal: TextRefusedError
) -> int:
    """Embed memories one by one, so that a text that is refused stops no other."""
    if len(memories) > 1:
        return sum(_embed(embedder, [memory]) for memory in memories)
    # A provider that refuses every text is not to pass as one that dislikes this one.
    embedder.embed(["a text that nobody refuses"])
    logger.warning(
        "text_refused_by_embedder", memory=str(memories[0].pk), error=str(refusal)
    )
    return 0
