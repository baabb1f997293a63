"""The semantic arm: what means the same, whichever words it uses."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import structlog

from memories.search import matching, vectors
from memories.search.embedding import (
    Embedder,
    EmbeddingUnavailableError,
    Vector,
    embedder,
)
from memories.search.lexical import Asker, ByIndex
from memories.search.query import Query
from memories.search.ranking import ALIKE, Arm, Candidate

logger = structlog.get_logger(__name__)

DEPTH = 40
BROAD = 400
"""How many of the nearest are taken where filters leave but some of them."""
NARROW = 4000
"""Up to how many memories are compared one by one, rather than by the vector index."""


class SemanticUnavailableError(Exception):
    """Nothing can be compared by meaning; the message says why."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text means to a model."""

    model: str
    dimensions: int
    vector: Vector


def understand(text: str) -> Future[Meaning]:
    """Turn a text into a vector, beside what the caller does meanwhile.

    A provider far away may take its time, and is waited for here.

    Raises:
        SemanticUnavailableError: it cannot be done now; the result may raise it too.
    """
    chosen = _embedder()
    if chosen.is_local:
        # With the context, which says in the log whose request it is.
        return _beside().submit(copy_context().run, _understood, chosen, text)
    understood: Future[Meaning] = Future()
    understood.set_result(_understood(chosen, text))
    return understood


@cache
def _beside() -> ThreadPoolExecutor:
    """Return the threads that embed questions; a forked process makes its own."""
    return ThreadPoolExecutor(thread_name_prefix="understand")


os.register_at_fork(after_in_child=_beside.cache_clear)


def _understood(chosen: Embedder, text: str) -> Meaning:
    try:
        (vector,) = chosen.embed([text])
    except EmbeddingUnavailableError as error:
        logger.warning("question_not_embedded", error=str(error))
        msg = "The embedding provider does not answer at the moment: words alone."
        raise SemanticUnavailableError(msg) from error
    return Meaning(chosen.model, chosen.dimensions, vector)


def meaning_of(memory_id: UUID) -> Meaning | None:
    """Return what a memory means, as far as it has been embedded."""
    try:
        chosen = _embedder()
    except SemanticUnavailableError:
        return None
    vector = vectors.of(memory_id, model=chosen.model)
    return None if vector is None else Meaning(chosen.model, chosen.dimensions, vector)


def _embedder() -> Embedder:
    chosen = embedder()
    if chosen is None:
        msg = "Search by meaning is turned off (EMBEDDINGS=none): words alone."
        raise SemanticUnavailableError(msg)
    if not vectors.available():
        msg = "PostgreSQL keeps no vectors (it lacks pgvector): words alone."
        raise SemanticUnavailableError(msg)
    return chosen


@dataclass(frozen=True, slots=True)
class Semantic:
    """What means the same as a text, among what an asker may see."""

    meaning: Meaning
    arm: ByIndex
    asker: Asker

    def nearest(self, query: Query, *, at_least: int) -> list[Candidate]:
        """Return what is most alike of what fits the filters and may be seen.

        That `at_least` so many fit is known already, from their words.
        """
        few = self._few(query) if at_least <= NARROW else None
        fresh = [one.card.id for one in self.arm.unseen_fitting(query)]
        alike = self._nearest_of_all(query) if few is None else {}
        alike |= self._similarities([*fresh, *(few or ())])
        near = [one for one, similarity in alike.items() if similarity >= ALIKE]
        near.sort(key=lambda one: -alike[one])
        nearest = self._first_allowed(query if few is None else Query(), near)
        return [
            one._replace(
                similarity=alike[one.id],
                arms=(Arm("semantic", rank, alike[one.id]),),
            )
            for rank, one in enumerate(nearest, 1)
        ]

    def join(
        self, by_words: Sequence[Candidate], by_meaning: Sequence[Candidate]
    ) -> list[Candidate]:
        """Make one of both: what was found by words has its likeness too."""
        near = {one.id: one for one in by_meaning}
        words_alone = [one.id for one in by_words if one.id not in near]
        alike = self._similarities(words_alone)
        joined = [
            one._replace(
                similarity=near[one.id].similarity,
                arms=(*one.arms, *near[one.id].arms),
            )
            if one.id in near
            else one._replace(similarity=alike.get(one.id, 0.0))
            for one in by_words
        ]
        found = {one.id for one in by_words}
        return joined + [one for one in by_meaning if one.id not in found]

    def _first_allowed(self, query: Query, near: Sequence[UUID]) -> list[Candidate]:
        """Return the first that fit the filters; mostly, few need to be looked at."""
        allowed: list[Candidate] = []
        for some in near[:DEPTH], near[DEPTH : 3 * DEPTH], near[3 * DEPTH :]:
            if len(allowed) < DEPTH:
                allowed += self.arm.among(query, some)
        return allowed[:DEPTH]

    def _few(self, query: Query) -> list[UUID] | None:
        """Return what fits the filters, to be compared one by one; None is too much."""
        asks_for_some = query.filters or query.phrases or query.is_dated
        if not (asks_for_some or self._narrows_readers):
            return None
        base = matching.allowed(query, self.asker.readers)
        return self.arm.snapshot.ids(base, limit=NARROW)

    def _nearest_of_all(self, query: Query) -> dict[UUID, float]:
        """Ask the vector index; for more than are wanted where filters leave some."""
        found = vectors.nearest(
            self.meaning.vector,
            model=self.meaning.model,
            dimensions=self.meaning.dimensions,
            among=self.asker.visible if self._narrows_readers else None,
            limit=BROAD if query.narrows else DEPTH,
        )
        return {one.id: one.similarity for one in found}

    @property
    def _narrows_readers(self) -> bool:
        return self.asker.readers.names is not None

    def _similarities(self, ids: Iterable[UUID]) -> dict[UUID, float]:
        asked = list(ids)
        if not asked:
            return {}
        return vectors.similarities(
            self.meaning.vector, model=self.meaning.model, ids=asked
        )
