"""What the mediator's verbs find."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from audit.models import Record
from audit.trail import Look
from memories.explaining import Reader
from memories.models import Memory
from memories.search.engine import Found
from memories.search.ranking import Ranked
from memories.search.related import Likeness
from memories.search.snippets import Snippet
from memories.sharing import Share


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found of what was asked for, in the order asked for."""

    memories: Sequence[Memory]
    missing: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Result:
    """A memory that a search found."""

    memory: Memory
    ranked: Ranked
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Results:
    """One page of a search, and all that was found out on the way."""

    results: Sequence[Result]
    found: Found


@dataclass(frozen=True, slots=True)
class Related:
    """A memory that is like another."""

    memory: Memory
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a memory still holds, as far as the actor may know."""

    is_disputed: bool
    is_superseded: bool
    superseded_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may see a memory, and why, as far as that is the actor's to know."""

    memory: Memory
    """Its envelope, without what it says."""
    readers: Sequence[Reader]
    is_whole: bool
    """Whether everybody is named: who may not share a memory learns of itself alone."""
    shares: Sequence[Share] | None
    """With whom it is shared, where everybody is named."""
    looks: Sequence[Look] | None
    """Who has looked at it, the newest first; None to all but who has the audit."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Records of the audit, the newest first, a page at a time."""

    records: Sequence[Record]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is, as far as the actor may see it."""

    total: int
    by_type: dict[str, int]
    by_source: dict[str, int]
    stored_last_7_days: int
    expiring_next_7_days: int
    newest_insights: Sequence[Memory]
    newest_decisions: Sequence[Memory]
