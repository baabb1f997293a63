"""What the search benchmarks ask: nine classes of queries, the same in every run."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise

from benchmarks.corpus import CUSTOMERS, RARE, TAGS, sentences, vocabulary
from benchmarks.quality.questions import the_questions
from memories.search.words import SMALL, written

EACH = 40


@cache
def classes() -> Mapping[str, Sequence[str]]:
    """Return the queries of each class."""
    chance = random.Random(7)  # noqa: S311 - words, not secrets
    common, middle = vocabulary()[:40], vocabulary()[100:900]
    pairs = [
        pair
        for line in sentences()
        for pair in pairwise(written(line))
        if not SMALL.issuperset(pair)
    ]

    def each(ask: Callable[[], str]) -> list[str]:
        return [ask() for _ in range(EACH)]

    def filtered() -> str:
        narrow = chance.choice(
            (
                "type:decision",
                f"tag:{chance.choice(TAGS)}",
                f'customer:"{chance.choice(CUSTOMERS)}"',
                "source:gong after:2026-06-01",
                "after:2026-10-01 before:2026-10-08",
            )
        )
        return f"{narrow} {chance.choice(middle)}"

    return {
        "rare": each(lambda: chance.choice(RARE)),
        "common": each(lambda: chance.choice(common)),
        "multi-word": each(lambda: " ".join(chance.sample(middle, 3))),
        "phrase": each(lambda: '"{} {}"'.format(*chance.choice(pairs))),
        "prefix": each(lambda: chance.choice(middle)[:4] + "*"),
        "negation": each(
            lambda: f"{chance.choice(middle)} -{chance.choice(common)}",
        ),
        "filtered": each(filtered),
        "no match": each(lambda: f"qzx{chance.randrange(10**6)}"),
        "question": [one.text for one in the_questions()][::5][:EACH],
    }
