"""The corpus: a year of one company, the same in every run, facts amid the everyday."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import batched

from benchmarks.quality.everyday import everyday, numbers
from benchmarks.quality.telling import Told, by_hand

BATCH = 500


class BrokenReferenceError(LookupError):
    """A memory refers to one that is not there."""


@cache
def the_corpus() -> tuple[Told, ...]:
    """Return all memories, the oldest first."""
    facts = list(by_hand())
    told = facts + everyday(taken=numbers(facts))
    return tuple(sorted(told, key=lambda one: (one.occurred_at, one.key)))


def batches(corpus: Sequence[Told]) -> Iterator[Sequence[Told]]:
    """Go through the corpus so that each comes after those that it refers to.

    Raises:
        BrokenReferenceError: one refers to what is not there.
    """
    known: set[str] = set()
    rest = list(corpus)
    while rest:
        ready = [told for told in rest if told.refers_to <= known]
        if not ready:
            missing = {key for told in rest for key in told.refers_to} - known
            msg = f"nothing in the corpus has the key {', '.join(sorted(missing))}"
            raise BrokenReferenceError(msg)
        yield from batched(ready, BATCH)
        known.update(told.key for told in ready)
        rest = [told for told in rest if told.key not in known]
