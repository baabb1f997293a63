"""What Celery does for the domain, each task safe to run twice."""

from functools import cache

import structlog
from celery import shared_task
from django.utils import timezone

from accounts import sessions, tokens
from accounts.actor import Channel, hub
from audit.heads import HeadsError
from journal import log
from memories import journaling, mediator, sealing
from memories.api.idempotency import discard_old
from memories.search import vectorizer
from memories.search.embedding import EmbeddingUnavailableError, embedder
from memories.search.vectors import VectorsUnavailableError

logger = structlog.get_logger(__name__)

BATCH = 500


@shared_task(name="memories.remove_expired")
def remove_expired() -> int:
    """Remove what has expired, a small batch at a time; returns how many."""
    removed = 0
    while count := mediator.expire(
        actor=hub(Channel.TASK), now=timezone.now(), limit=BATCH
    ):
        removed += count
    return removed


@shared_task(name="memories.tidy")
def tidy() -> int:
    """Drop what nobody may ask for any more; returns how many rows went."""
    now = timezone.now()
    over = discard_old(now=now) + tokens.discard_expired(now=now)
    over += sessions.discard_expired(now=now)
    return over + log.prune(
        topic=journaling.TOPIC, limit=10_000, regardless_of=[vectorizer.CURSOR]
    )


@shared_task(name="memories.seal_audit")
def seal_audit() -> int:
    """Seal what is settled of the audit; returns how many blocks that made."""
    try:
        return sealing.seal_audit(now=timezone.now)
    except HeadsError as error:
        # The blocks are sealed; the heads are appended when the file is in order again.
        logger.exception("audit_heads_not_written", error=str(error))
        return 0


@shared_task(name="memories.embed")
def embed() -> int:
    """Embed what has changed; returns how many memories."""
    chosen = embedder()
    if chosen is None:
        vectorizer.leave()
        return 0
    try:
        return vectorizer.follow(chosen, now=timezone.now)
    except EmbeddingUnavailableError as error:
        # The changes stay in the journal, and beat tries again in a few seconds.
        logger.warning("embeddings_unavailable", error=str(error))
    except VectorsUnavailableError as error:
        vectorizer.leave()
        _say_once(str(error))
    return 0


@cache
def _say_once(reason: str) -> None:
    """Say what may stay so for ever, and need not be said every few seconds."""
    logger.warning("vectors_unavailable", error=reason)
