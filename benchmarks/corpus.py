"""Believable enough words, the same in every run."""

import random
from collections.abc import Iterator

from memories.schemas.draft import Draft

_TOPICS = ("renewal", "price", "outage", "customer", "meeting", "budget", "launch")
_COMMON = [f"{topic}{form}" for topic in _TOPICS for form in ("", "s", "2025", "2026")]
_RARE = [f"word{number}" for number in range(20_000)]
_CUSTOMERS = [f"Customer {number}" for number in range(200)]


def drafts(count: int, *, seed: int = 1) -> Iterator[Draft]:
    """Give chats and events of some 60 words, with a long tail of rare ones."""
    chance = random.Random(seed)  # noqa: S311 - words, not secrets
    for number in range(count):
        words = chance.choices(_COMMON, k=40) + chance.choices(_RARE, k=20)
        chance.shuffle(words)
        text = " ".join(words)
        content = (
            {"message": text, "channel": "#general"}
            if number % 3
            else {
                "event_type": "call",
                "summary": text,
                "customer": chance.choice(_CUSTOMERS),
            }
        )
        yield Draft(
            type="chat" if number % 3 else "event",
            content=content,
            source="slack" if number % 3 else "gong",
            external_id=f"{seed}-{number}",
        )


def questions(count: int) -> Iterator[str]:
    """Give queries of one to three words, common and rare."""
    chance = random.Random(7)  # noqa: S311 - words, not secrets
    for _ in range(count):
        words = chance.sample(_COMMON, chance.randint(1, 2))
        yield " ".join([*words, chance.choice(_RARE)][: chance.randint(1, 3)])
