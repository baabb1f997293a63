"""Believable memories in any number, the same in every run."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from benchmarks.quality.corpus import the_corpus
from memories.schemas.draft import Draft
from memories.search.words import SMALL, written

FIRST = datetime(2023, 11, 1, tzinfo=UTC)
SPAN = timedelta(days=1100)
CUSTOMERS = tuple(f"Customer {number}" for number in range(2000))
TAGS = tuple(f"topic-{number}" for number in range(60))
CHANNELS = tuple(f"#channel-{number}" for number in range(80))
RARE = tuple(f"word{number}" for number in range(20_000))
TYPES = ("chat", "chat", "chat", "event", "insight", "decision")
SOURCES = {"chat": "slack", "event": "gong", "insight": "api", "decision": "github"}
PROSE = {
    "chat": "message",
    "event": "summary",
    "insight": "insight",
    "decision": "decision",
}
TURNS = 5


@cache
def sentences() -> tuple[str, ...]:
    """Return what the quality corpus's company says, a sentence each."""
    said = (told.text().split("\n") for told in the_corpus())
    return tuple(sorted({line for lines in said for line in lines if " " in line}))


@cache
def vocabulary() -> tuple[str, ...]:
    """Return the words of the sentences, the most frequent first, small ones apart."""
    counts = Counter(word for line in sentences() for word in written(line))
    return tuple(
        word
        for word, _ in counts.most_common()
        if word not in SMALL and len(word) > 3 and word.isalpha()
    )


def drafts(count: int, *, seed: int = 1) -> Iterator[Draft]:
    """Give memories of some 60 words, most of them turns of conversations."""
    return islice(_drafts(seed), count)


def _drafts(seed: int) -> Iterator[Draft]:
    chance = random.Random(seed)  # noqa: S311 - words, not secrets
    number = 0
    while True:
        number += 1
        type_ = chance.choice(TYPES)
        yield Draft(
            type=type_,
            content=_content(type_, number, seed, chance),
            tags=chance.sample(TAGS, 2),
            source=SOURCES[type_],
            external_id=f"{seed}-{number}",
            occurred_at=FIRST + SPAN * chance.random(),
        )


def _content(
    type_: str, number: int, seed: int, chance: random.Random
) -> dict[str, Any]:
    text = " ".join(
        (
            *chance.sample(sentences(), 5),
            f"Ticket ENG-{seed}{number}.",
            *chance.sample(RARE, 3),
        )
    )
    content: dict[str, Any] = {PROSE[type_]: text}
    if type_ == "chat":
        content["session_id"] = f"{seed}-{number // TURNS}"
        content["channel"] = chance.choice(CHANNELS)
    else:
        content["customer"] = chance.choice(CUSTOMERS)
    if type_ == "event":
        content["event_type"] = "call"
    return content
