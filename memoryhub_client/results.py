"""What a client returns: the hub's answers, and what only a client can say of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel

from .schemas.answers import (
    MemoryAnswer,
    ProblemAnswer,
    RelatedAnswer,
    RelatedMemoryAnswer,
    ResultAnswer,
    RetrievedAnswer,
    SearchAnswer,
    StatsAnswer,
    StoredAnswer,
)


class Read(BaseModel):
    """Something that was read, from the hub or, when it is away, from this machine."""

    stale: bool = False
    """Whether the hub could not be asked, and this is what it said before."""
    as_of: datetime | None = None
    """When the hub said so, where it is stale."""


class Memory(MemoryAnswer, Read):
    """A memory."""


class Retrieved(RetrievedAnswer, Read):
    """Memories, and the ids of those that are missing or not for you to see."""


class SearchPage(SearchAnswer, Read):
    """One page of what a search found."""

    def __iter__(self) -> Iterator[ResultAnswer]:  # type: ignore[override]  # not fields
        """Go through the results."""
        return iter(self.results)


class RelatedMemories(RelatedAnswer, Read):
    """What is like a memory, the most alike first."""

    def __iter__(self) -> Iterator[RelatedMemoryAnswer]:  # type: ignore[override]
        """Go through what was found."""
        return iter(self.related)


class Stats(StatsAnswer, Read):
    """How much there is, as far as you may see it."""


class Spooled(BaseModel):
    """A memory that is kept on this machine until the hub is back."""

    status: Literal["spooled"] = "spooled"


Outcome: TypeAlias = StoredAnswer | Spooled
"""What became of a memory: `status` is stored, updated, unchanged or spooled."""

Outcomes: TypeAlias = list[StoredAnswer | Spooled | ProblemAnswer]
"""What became of each, in order; a problem document where the hub refused one."""
