"""What was learned."""

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from .base import Confidence, Content, Prose, Text


class InsightV1(Content):
    """What was learned, how sure we are, and what it rests on."""

    type: ClassVar = "insight"
    version: ClassVar = 1
    label: ClassVar = "insights"
    headline: ClassVar = "insight"
    searchable: ClassVar = (
        "insight",
        "recommendations",
        "category",
        "customer",
        "topics",
    )
    dashboard: ClassVar = ("category", "confidence", "customer")
    cache_ttl: ClassVar = timedelta(seconds=86400)
    retention: ClassVar = timedelta(days=1095)

    insight: Prose
    category: Text | None = None
    confidence: Confidence | None = None
    customer: Text | None = None
    recommendations: list[Text] = []
    evidence: list[UUID] = []
    topics: list[Text] = []
    url: Text | None = None
