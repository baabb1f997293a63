"""How good one answer is: recall, reciprocal rank and gain among the first ten.

As in TREC's deep learning track, what is binary counts answers alone (grade 2), and
what is graded counts what supports them too (grade 1).
"""

from collections.abc import Mapping, Sequence
from math import log2

DEPTH = 10
ANSWERS = 2

type Grades = Mapping[str, int]
"""The grade of each labelled memory, by key."""


def recall(got: Sequence[str], wanted: Grades) -> float:
    """Return the share of the answers that are among the first ten."""
    answers = _answers(wanted)
    return len(answers & set(got[:DEPTH])) / min(len(answers), DEPTH)


def reciprocal_rank(got: Sequence[str], wanted: Grades) -> float:
    """Return one over the place of the first answer, or 0 beyond the tenth."""
    answers = _answers(wanted)
    for place, key in enumerate(got[:DEPTH], start=1):
        if key in answers:
            return 1 / place
    return 0.0


def ndcg(got: Sequence[str], wanted: Grades) -> float:
    """Return the discounted gain (2^grade - 1) beside that of the best order."""
    best = sorted(wanted.values(), reverse=True)
    return _gain([wanted.get(key, 0) for key in got]) / _gain(best)


def _answers(wanted: Grades) -> set[str]:
    return {key for key, grade in wanted.items() if grade >= ANSWERS}


def _gain(grades: Sequence[int]) -> float:
    return sum(
        ((1 << grade) - 1) / log2(place + 1)
        for place, grade in enumerate(grades[:DEPTH], start=1)
    )
