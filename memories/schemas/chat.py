"""What was said: a message, or one turn of a conversation."""

from datetime import timedelta
from typing import ClassVar

from .base import ActionItem, Content, Notes, Prose, Sentiment, Text


class ChatV1(Content):
    """What was said, by whom, and where."""

    type: ClassVar = "chat"
    version: ClassVar = 1
    label: ClassVar = "chats"
    headline: ClassVar = "message"
    searchable: ClassVar = (
        "message",
        "response",
        "topics",
        "author",
        "participants",
        "channel",
        "action_items",
    )
    dashboard: ClassVar = ("author", "channel")
    cache_ttl: ClassVar = timedelta(seconds=3600)
    retention: ClassVar = timedelta(days=365)

    message: Prose
    author: Text | None = None
    channel: Text | None = None
    session_id: Text | None = None
    participants: list[Text] = []
    response: Notes | None = None
    sentiment: Sentiment | None = None
    topics: list[Text] = []
    url: Text | None = None
    action_items: list[ActionItem] = []
