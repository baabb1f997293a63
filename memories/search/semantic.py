"""The semantic arm: what means the same, whichever words it uses."""

import os
from collections.abc import Mapping, Sequence, Set
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
from memories.search.lexical import Asker, ByIndex, Candidates
from memories.search.query import Query
from memories.search.ranking import ALIKE, Arm, Candidate

logger = structlog.get_logger(__name__)

DEPTH = 40
BESIDE_WORDS = 20
"""Up to how many that words did not find are weighed beside as many that they did."""
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


class Understanding:
    """The meaning of a text, found out beside what the caller does meanwhile.

    It is to begin where that waits for no GIL and no PostgreSQL: both would be slower.
    """

    def __init__(self, chosen: Embedder, text: str) -> None:
        self._chosen, self._text = chosen, text
        self._found: Future[Meaning] | None = None

    def begin(self) -> Future[Meaning]:
        """Begin, unless it has begun."""
        if self._found is None:
            # With the context, which says in the log whose request it is.
            self._found = _beside().submit(
                copy_context().run, _understood, self._chosen, self._text
            )
        return self._found

    def result(self) -> Meaning:
        """Wait for the meaning.

        Raises:
            SemanticUnavailableError: there is none to be had now.
        """
        return self.begin().result()


def understand(text: str) -> Understanding:
    """Prepare to turn a text into a vector.

    A provider far away may take its time, and is waited for here.

    Raises:
        SemanticUnavailableError: it cannot be done now.
    """
    chosen = _embedder()
    understanding = Understanding(chosen, text)
    if not chosen.is_local:
        understanding.result()
    return understanding


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

    def join(self, query: Query, by_words: Candidates) -> list[Candidate]:
        """Return what was found by words and what is most alike, with their likeness.

        What is most alike fits the filters and may be seen.
        """
        few = self._few(query) if by_words.total <= NARROW else None
        known = {one.id for one in by_words.found}
        fresh = {one.card.id for one in self.arm.unseen_fitting(query)}
        near, alike = self._compared(query, few, beside=known | fresh)
        others = self._first_allowed(
            query if few is None else Query(),
            [one for one in near if one not in known],
            most=max(BESIDE_WORDS, DEPTH - len(known)),
        )
        joined = [
            one._replace(similarity=alike.get(one.id, 0.0))
            for one in (*by_words.found, *others)
        ]
        by_likeness = sorted(joined, key=lambda one: -one.similarity)
        ranks = {one.id: rank for rank, one in enumerate(by_likeness, 1)}
        return [
            one._replace(
                arms=(*one.arms, Arm("semantic", ranks[one.id], one.similarity))
            )
            if one.similarity >= ALIKE
            else one
            for one in joined
        ]

    def _compared(
        self, query: Query, few: Sequence[UUID] | None, *, beside: Set[UUID]
    ) -> tuple[list[UUID], Mapping[UUID, float]]:
        """Return what is alike, the most alike first, and how much that and others are.

        The vector index is asked for more than are wanted where filters leave but some.
        """
        everything = self.asker.visible if self._narrows_readers else None
        compared = vectors.compare(
            self.meaning.vector,
            model=self.meaning.model,
            dimensions=self.meaning.dimensions,
            ids=beside,
            nearest=BROAD if few is None and query.narrows else DEPTH,
            among=everything,
            only=few,
        )
        alike = compared.similarity
        near = [
            one for one in beside | compared.nearest if alike.get(one, 0.0) >= ALIKE
        ]
        return sorted(near, key=lambda one: -alike[one]), alike

    def _first_allowed(
        self, query: Query, near: Sequence[UUID], *, most: int
    ) -> list[Candidate]:
        """Return the first that fit the filters; mostly, few need to be looked at."""
        allowed: list[Candidate] = []
        for some in near[:most], near[most : 4 * most], near[4 * most :]:
            if len(allowed) < most:
                allowed += self.arm.among(query, some)
        return allowed[:most]

    def _few(self, query: Query) -> list[UUID] | None:
        """Return what fits the filters, to be compared one by one; None is too much."""
        asks_for_some = query.filters or query.phrases or query.is_dated
        if not (asks_for_some or self._narrows_readers):
            return None
        base = matching.allowed(query, self.asker.readers)
        return self.arm.snapshot.ids(base, limit=NARROW)

    @property
    def _narrows_readers(self) -> bool:
        return self.asker.readers.names is not None
