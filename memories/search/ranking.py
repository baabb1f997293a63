"""Putting what the arms of a search found in one order, and saying why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

LEXICAL_SHARE = 0.55
SEMANTIC_SHARE = 0.45

ALIKE = 0.25
"""The similarity from which two texts have anything to do with each other."""

RECENCY_BONUS = 0.1
RECENCY_HALF_LIFE = timedelta(days=90)
DISPUTED = 0.8
SUPERSEDED = 0.6
BESIDE = 0.8
"""What the turns around the best result have of its score."""

type ArmName = Literal["lexical", "tail", "semantic", "company", "listing"]


class Arm(NamedTuple):
    """How one arm of the search found a result."""

    arm: ArmName
    rank: int
    score: float
    """The arm's own: BM25, the share of the query that is there, or a cosine."""


class Adjustment(NamedTuple):
    """What made a result's score more or less."""

    name: Literal["recency", "disputed", "superseded"]
    factor: float


class Candidate(NamedTuple):
    """A memory that at least one arm found."""

    id: UUID
    occurred_at: datetime
    is_disputed: bool = False
    is_superseded: bool = False
    is_turn: bool = False
    lexical: float = 0.0
    """From 0 to 1, the best of all at 1."""
    similarity: float = 0.0
    arms: tuple[Arm, ...] = ()


class Ranked(NamedTuple):
    """A result's place: its score, how it came to it, and how it stands."""

    id: UUID
    score: float
    arms: tuple[Arm, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    is_disputed: bool = False
    superseded_by: UUID | None = None
    is_superseded: bool = False
    is_turn: bool = False


def blend(
    candidates: Iterable[Candidate],
    *,
    superseded_by: Mapping[UUID, UUID],
    now: datetime | None,
) -> list[Ranked]:
    """Return the candidates in order, the best first.

    Recency counts only where a `now` is given.
    """
    found = list(candidates)
    nearest = max((one.similarity for one in found), default=0.0)
    ranked = [
        _ranked(one, nearest=nearest, superseded_by=superseded_by.get(one.id), now=now)
        for one in found
    ]
    return sorted(ranked, key=_best_first)


def with_company(
    ranked: Sequence[Ranked], company: Sequence[Candidate]
) -> list[Ranked]:
    """Let what was said around the best result follow it.

    The answer often stands beside the words that were asked for.
    """
    if not company:
        return list(ranked)
    score = BESIDE * ranked[0].score
    placed = {one.id: one for one in ranked}
    for rank, one in enumerate(company, 1):
        known = placed.get(one.id) or Ranked(
            one.id,
            0.0,
            is_disputed=one.is_disputed,
            is_superseded=one.is_superseded,
        )
        arms = (*known.arms, Arm("company", rank, score))
        placed[one.id] = known._replace(score=max(score, known.score), arms=arms)
    return sorted(placed.values(), key=_best_first)


def _best_first(one: Ranked) -> float:
    return -one.score


def _ranked(
    one: Candidate,
    *,
    nearest: float,
    superseded_by: UUID | None,
    now: datetime | None,
) -> Ranked:
    adjustments = []
    if now is not None:
        age = max(timedelta(), now - one.occurred_at) / RECENCY_HALF_LIFE
        adjustments.append(Adjustment("recency", 1 + RECENCY_BONUS * 0.5**age))
    if one.is_disputed:
        adjustments.append(Adjustment("disputed", DISPUTED))
    is_superseded = one.is_superseded or superseded_by is not None
    if is_superseded:
        adjustments.append(Adjustment("superseded", SUPERSEDED))
    score = LEXICAL_SHARE * one.lexical
    if nearest > ALIKE:
        likeness = max(0.0, one.similarity - ALIKE) / (nearest - ALIKE)
        score += SEMANTIC_SHARE * likeness
    for adjustment in adjustments:
        score *= adjustment.factor
    return Ranked(
        one.id,
        score,
        one.arms,
        tuple(adjustments),
        one.is_disputed,
        superseded_by,
        is_superseded,
        one.is_turn,
    )


def replacements_first(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Move what was replaced to just behind what replaced it."""
    ordered: list[Ranked] = []
    waiting: dict[UUID, list[Ranked]] = {}
    here = {one.id for one in ranked}
    placed: set[UUID] = set()

    for one in ranked:
        newer = one.superseded_by
        if newer in here and newer not in placed:
            waiting.setdefault(newer, []).append(one)
            continue
        next_ones = [one]
        while next_ones:
            placing = next_ones.pop()
            ordered.append(placing)
            placed.add(placing.id)
            next_ones += reversed(waiting.pop(placing.id, []))
    # Two that claim to replace each other wait for ever: they stay as they were.
    return ordered + [one for ones in waiting.values() for one in ones]
