"""Contents for tests: the least and the most that each type takes, by the contract."""

from typing import Any

from memories.schemas.base import Content
from memories.schemas.registry import registry

MEMORY = "0198a3f2-0000-7000-8000-000000000001"

LEAST: dict[str, dict[str, Any]] = {
    "chat": {"message": "m"},
    "event": {"event_type": "call", "summary": "s"},
    "insight": {"insight": "i"},
    "decision": {"decision": "d"},
}

ACTION_ITEM = {
    "text": "Call back",
    "assignee": "Ann",
    "due_date": "2026-01-31",
    "done": True,
}

MOST: dict[str, dict[str, Any]] = {
    "chat": {
        "message": "Hello",
        "author": "Ann",
        "channel": "#sales",
        "session_id": "s-1",
        "participants": ["Ann", "Bob"],
        "response": "Hi",
        "sentiment": -0.5,
        "topics": ["renewal"],
        "url": "https://example.com/1",
        "action_items": [ACTION_ITEM],
    },
    "event": {
        "event_type": "call",
        "summary": "Review",
        "severity": "critical",
        "customer": "Acme",
        "participants": ["Ann"],
        "sentiment": 1,
        "topics": ["renewal"],
        "duration_seconds": 3600,
        "url": "https://example.com/2",
        "action_items": [ACTION_ITEM],
    },
    "insight": {
        "insight": "Champions matter",
        "category": "churn",
        "confidence": 0.75,
        "customer": "Acme",
        "recommendations": ["Call them"],
        "evidence": [MEMORY],
        "topics": ["churn"],
        "url": "https://example.com/3",
    },
    "decision": {
        "decision": "Offer ten per cent",
        "status": "accepted",
        "rationale": "They would leave",
        "alternatives": ["Do nothing"],
        "decided_by": ["Ann"],
        "decided_at": "2026-01-31T09:30:00Z",
        "due_date": "2026-02-28",
        "priority": "urgent",
        "customer": "Acme",
        "supersedes": MEMORY,
        "evidence": [MEMORY],
        "topics": ["pricing"],
        "url": "https://example.com/4",
        "action_items": [ACTION_ITEM],
    },
}

TYPES = list(LEAST)


def parse(type_: str, **fields: Any) -> Content:
    """Return the least content of a type, with some fields set."""
    return registry().latest(type_).parse(LEAST[type_] | fields)
