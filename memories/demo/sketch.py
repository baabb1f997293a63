"""A memory of the demo before it is stored, when others are known by key, not by id."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from memories.schemas.draft import Draft

type Ids = dict[str, UUID]
"""The ids of what has been stored, by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What one memory of the demo will say, and which others it refers to."""

    key: str
    type: str
    source: str
    occurred_at: datetime
    content: Mapping[str, Any]
    owner: str | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    external_id: str = ""
    supersedes: str | None = None
    evidence: tuple[str, ...] = ()

    @property
    def refers_to(self) -> frozenset[str]:
        """The keys of the memories whose ids must be known before this is stored."""
        return frozenset((*self.evidence, *filter(None, [self.supersedes])))

    def draft(self, ids: Ids) -> Draft:
        """Return the draft to store, given the ids of what it refers to."""
        content = {name: said for name, said in self.content.items() if said}
        if self.supersedes:
            content["supersedes"] = str(ids[self.supersedes])
        if self.evidence:
            content["evidence"] = [str(ids[key]) for key in self.evidence]
        return Draft(
            type=self.type,
            content=content,
            title=self.title,
            metadata={**self.metadata, "demo": True},
            tags=list(self.tags),
            source=self.source,
            external_id=self.external_id or f"demo/{self.key}",
            occurred_at=self.occurred_at,
            owner=self.owner,
        )
