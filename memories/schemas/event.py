"""What happened: a call, an incident, a sprint's end, a status update."""

from datetime import timedelta
from typing import ClassVar, Literal

from .base import (
    ActionItem,
    Content,
    Name,
    Prose,
    Seconds,
    Sentiment,
    Text,
)


class EventV1(Content):
    """What happened, to whom, and how grave it was."""

    type: ClassVar = "event"
    version: ClassVar = 1
    label: ClassVar = "events"
    headline: ClassVar = "summary"
    searchable: ClassVar = (
        "summary",
        "event_type",
        "customer",
        "topics",
        "participants",
        "action_items",
    )
    dashboard: ClassVar = ("event_type", "severity", "customer")
    cache_ttl: ClassVar = timedelta(seconds=7200)
    retention: ClassVar = timedelta(days=730)

    event_type: Name
    summary: Prose
    severity: Literal["info", "warning", "critical"] = "info"
    customer: Text | None = None
    participants: list[Text] = []
    sentiment: Sentiment | None = None
    topics: list[Text] = []
    duration_seconds: Seconds | None = None
    url: Text | None = None
    action_items: list[ActionItem] = []
