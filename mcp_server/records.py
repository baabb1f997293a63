"""What a model is given of a memory: what it says, where it comes from, if it holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from accounts.actor import Actor
from mcp_server.wrapping import as_json, cut, one_line, room_for, tokens_of
from memories import drafting, mediator
from memories.models import Memory
from memories.results import Result, Standing

# The most that each of these may take of a record, in tokens.
TITLE, SOURCE, LINK, OWNER, SNIPPET = 40, 24, 60, 24, 80
HIT = 320
"""The most that a record takes with its snippet, and with the lines around it."""


class Record(BaseModel):
    """A memory's provenance."""

    id: UUID
    type: str
    title: str
    source: str
    status: str | None = Field(description="of a decision: whether it was accepted")
    link: str | None = Field(description="where it was said, if it is on the web")
    owner: str | None
    occurred_at: datetime
    version: int
    disputed: bool = Field(description="somebody says that this is wrong")
    superseded: bool = Field(description="something newer holds in its place")
    superseded_by: UUID | None

    @classmethod
    def of(cls, memory: Memory, standing: Standing, **more: Any) -> Self:
        """Describe a memory."""
        content = memory.read_content()
        link = getattr(content, "url", None)
        return cls(
            id=memory.pk,
            type=memory.type,
            title=cut(one_line(memory.title), TITLE),
            source=cut(one_line(memory.source), SOURCE),
            status=getattr(content, "status", None),
            link=one_line(link) if link and room_for(link, LINK) else None,
            owner=cut(memory.owner.email, OWNER) if memory.owner else None,
            occurred_at=memory.occurred_at,
            version=memory.version,
            disputed=standing.is_disputed,
            superseded=standing.is_superseded,
            superseded_by=standing.superseded_by,
            **more,
        )

    def lines(self) -> list[str]:
        """Return it as lines for a model to read."""
        flags = ["DISPUTED"] if self.disputed else []
        if self.superseded_by:
            flags.append(f"SUPERSEDED by {self.superseded_by}")
        elif self.superseded:
            flags.append("SUPERSEDED")
        status = f" ({self.status})" if self.status else ""
        when = self.occurred_at.strftime("%Y-%m-%d %H:%M UTC")
        origin = [self.source, self.owner and f"of {self.owner}", when, self.link]
        return [
            f"{self.type}{status}: {self.title}",
            f"id {self.id}, version {self.version}",
            f"from {', '.join(filter(None, origin))}",
            *flags,
        ]


class Hit(Record):
    """A memory that was found, in short."""

    snippet: str

    @classmethod
    def of_text(
        cls, memory: Memory, standing: Standing, text: str, **more: Any
    ) -> Self:
        """Describe a memory with the beginning of a text."""
        snippet = cut(one_line(text), SNIPPET)
        return cls.of(memory, standing, snippet=snippet, **more)

    def lines(self) -> list[str]:
        """Return it as lines for a model to read."""
        return [*super().lines(), self.snippet]


class Whole(Record):
    """A memory with all that it says, or its beginning where that is too much."""

    content: dict[str, Any] | None = Field(
        description="what it says; null if only the excerpt fits max_tokens"
    )
    metadata: dict[str, Any] | None
    tags: list[str]
    excerpt: str | None

    @classmethod
    def of_memory(
        cls, memory: Memory, standing: Standing, *, tokens: int | None = None
    ) -> Self:
        """Describe a memory in no more tokens than are given."""
        content, metadata = drafting.plain(memory.read_content()), memory.metadata
        whole = cls.of(
            memory,
            standing,
            content=content,
            metadata=metadata or None,
            tags=memory.tags,
            excerpt=None,
        )
        if tokens is None or room_for("\n".join(whole.lines()), tokens):
            return whole
        bare = whole.model_copy(
            update={"content": None, "metadata": None, "tags": [], "excerpt": ""}
        )
        text = one_line(memory.read_content().search_text())
        left = tokens - tokens_of("\n".join(bare.lines()))
        return bare.model_copy(update={"excerpt": cut(text, max(left, SNIPPET))})

    def lines(self) -> list[str]:
        """Return it as lines for a model to read."""
        lines = super().lines()
        if self.excerpt is not None:
            return [*lines, f"only its beginning fits max_tokens: {self.excerpt}"]
        for name, value in (("content", self.content), ("metadata", self.metadata)):
            if value:
                lines += [f"{name}:", *_fields(value)]
        tags = ", ".join(map(one_line, self.tags))
        return [*lines, f"tags: {tags}"] if tags else lines


def hits(results: Sequence[Result], *, actor: Actor, now: datetime) -> list[Hit]:
    """Describe the results of a search, and whether each still holds."""
    memories = [result.memory for result in results]
    standings = mediator.standings(actor=actor, memories=memories, now=now)
    return [
        Hit.of_text(each.memory, standings[each.memory.pk], each.snippet.text)
        for each in results
    ]


def _fields(value: Mapping[str, Any]) -> Sequence[str]:
    return [f"  {one_line(name)}: {as_json(item)}" for name, item in value.items()]
