"""The semantic arm: what means the same, whichever words it uses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

import structlog

from memories.search import matching, postgres, vectors
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

DEPTH = 100
NARROW = 5000
"""Up to how many memories are compared one by one, rather than by the vector index."""


class SemanticUnavailableError(Exception):
    """Nothing can be compared by meaning; the message says why."""


@dataclass(frozen=True, slots=True)
class Semantic:
    """A question as a vector, and what it is compared with."""

    embedder: Embedder
    vector: Vector
    arm: ByIndex
    asker: Asker

    @classmethod
    def asking(cls, query: Query, *, arm: ByIndex, asker: Asker) -> Self:
        """Turn a question into a vector.

        Raises:
            SemanticUnavailableError: it cannot be done now.
        """
        chosen = embedder()
        if chosen is None:
            msg = "Search by meaning is turned off (EMBEDDINGS=none): words alone."
            raise SemanticUnavailableError(msg)
        if not vectors.available():
            msg = "PostgreSQL keeps no vectors (it lacks pgvector): words alone."
            raise SemanticUnavailableError(msg)
        try:
            (vector,) = chosen.embed([query.sentence])
        except EmbeddingUnavailableError as error:
            logger.warning("question_not_embedded", error=str(error))
            msg = "The embedding provider does not answer at the moment: words alone."
            raise SemanticUnavailableError(msg) from error
        return cls(chosen, vector, arm, asker)

    def nearest(self, query: Query) -> list[Candidate]:
        """Return what is most alike of what fits the filters and may be seen."""
        fresh = {
            one.card.id: one.hit(0.0)
            for one in self.arm.unseen.waiting
            if one.may_be_read(self.asker.readers, self.asker.now) and one.fits(query)
        }
        alike = {**self._alike(query), **self._similarities(fresh)}
        near = sorted(
            (each for each in alike.items() if each[1] >= ALIKE),
            key=lambda each: -each[1],
        )[:DEPTH]
        base = matching.allowed(query, self.asker.readers)
        indexed = matching.all_of(base, matching.among([one for one, _ in near]))
        hits = {hit.id: hit for hit in self.arm.snapshot.some(indexed, limit=DEPTH)}
        allowed = hits | fresh
        return [
            Candidate(
                id=one,
                occurred_at=allowed[one].occurred_at,
                is_disputed=allowed[one].is_disputed,
                is_superseded=allowed[one].is_superseded,
                similarity=similarity,
                arms=(Arm("semantic", rank, similarity),),
            )
            for rank, (one, similarity) in enumerate(near, 1)
            if one in allowed
        ]

    def besides_words(self, query: Query, found: Sequence[Candidate]) -> set[UUID]:
        """Return which of those found do not fit the query's words."""
        ids = {one.id for one in found}
        return ids - self.arm.fitting_among(query, ids)

    def join(
        self, by_words: Sequence[Candidate], by_meaning: Sequence[Candidate]
    ) -> list[Candidate]:
        """Make one of both: what was found by words has its likeness too."""
        near = {one.id: one for one in by_meaning}
        words_alone = [one.id for one in by_words if one.id not in near]
        alike = self._similarities(words_alone)
        joined = [
            replace(
                one,
                similarity=near[one.id].similarity,
                arms=(*one.arms, *near[one.id].arms),
            )
            if one.id in near
            else replace(one, similarity=alike.get(one.id, 0.0))
            for one in by_words
        ]
        found = {one.id for one in by_words}
        return joined + [one for one in by_meaning if one.id not in found]

    def _alike(self, query: Query) -> dict[UUID, float]:
        """Compare with what fits the filters, one by one where that is not too much."""
        base = matching.allowed(query, self.asker.readers)
        is_narrow = query.filters or query.is_dated or self.asker.readers.names
        if is_narrow and self.arm.snapshot.count(base) <= NARROW:
            hits = self.arm.snapshot.some(base, limit=NARROW)
            return self._similarities(hit.id for hit in hits)
        among = None
        if is_narrow:
            among = postgres.matching(self.asker.visible, replace(query, clauses=()))
        found = vectors.nearest(
            self.vector,
            model=self.embedder.model,
            dimensions=self.embedder.dimensions,
            among=among,
            limit=DEPTH,
        )
        return {one.id: one.similarity for one in found}

    def _similarities(self, ids: Iterable[UUID]) -> dict[UUID, float]:
        asked = list(ids)
        if not asked:
            return {}
        return vectors.similarities(self.vector, model=self.embedder.model, ids=asked)
