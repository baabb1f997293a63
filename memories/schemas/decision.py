"""What was decided, and why."""

from datetime import timedelta
from typing import ClassVar, Literal
from uuid import UUID

from .base import ActionItem, Content, Day, Instant, Notes, Prose, Text


class DecisionV1(Content):
    """What was decided, by whom, for which reasons, and what it replaces."""

    type: ClassVar = "decision"
    version: ClassVar = 1
    label: ClassVar = "decisions"
    headline: ClassVar = "decision"
    searchable: ClassVar = (
        "decision",
        "rationale",
        "alternatives",
        "customer",
        "topics",
        "decided_by",
        "action_items",
    )
    dashboard: ClassVar = ("status", "priority", "customer")
    cache_ttl: ClassVar = timedelta(seconds=86400)
    retention: ClassVar = timedelta(days=2555)

    decision: Prose
    status: Literal["proposed", "accepted", "rejected", "superseded"] = "proposed"
    rationale: Notes | None = None
    alternatives: list[Text] = []
    decided_by: list[Text] = []
    decided_at: Instant | None = None
    due_date: Day | None = None
    priority: Literal["low", "medium", "high", "urgent"] = "medium"
    customer: Text | None = None
    supersedes: UUID | None = None
    evidence: list[UUID] = []
    topics: list[Text] = []
    url: Text | None = None
    action_items: list[ActionItem] = []
