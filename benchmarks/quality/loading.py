"""Putting the corpus into the hub, and bringing search up to it."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts.actor import Actor
from benchmarks.quality.corpus import batches, the_corpus
from memories import mediator
from memories.search import indexer, vectorizer, vectors
from memories.search.embedding import embedder
from memories.storing import Stored


class RefusedError(Exception):
    """The hub did not take a memory of the corpus; the message says which and why."""


def load(*, actor: Actor, owner: str, now: datetime) -> dict[str, UUID]:
    """Store the corpus as somebody's; returns the id of each memory by its key.

    Raises:
        RefusedError: the hub did not take one of them.
    """
    ids: dict[str, UUID] = {}
    for batch in batches(the_corpus()):
        drafts = [told.draft(ids, owner=owner) for told in batch]
        outcomes = mediator.store_many(actor=actor, drafts=drafts, now=now)
        for told, outcome in zip(batch, outcomes, strict=True):
            if not isinstance(outcome, Stored):
                msg = f"the memory {told.key} was refused: {outcome}"
                raise RefusedError(msg)
            ids[told.key] = outcome.memory.pk
    return ids


def catch_up() -> None:
    """Bring the index and the vectors up to what was stored."""
    indexer.rebuild()
    chosen = embedder()
    if chosen and vectors.available():
        while vectorizer.follow(chosen, now=timezone.now):
            pass
