"""Every call of the API that concerns memories, for tests that try them all."""

import json
from typing import Any
from uuid import UUID

from tests.conftest import Api
from tests.factories import CONTENTS

BODIES: dict[str, Any] = {
    "store": {"type": "chat", "content": CONTENTS["chat"]},
    "store-batch": {"memories": [{"type": "chat", "content": CONTENTS["chat"]}]},
    "shares": {"user": "outsider@example.com", "can": "view"},
    "annotations": {"body": "Noted"},
    "search": {"query": "renewal"},
    "memory": {"title": "Another"},
}
CALLS = [
    ("store", "post"),
    ("store-batch", "post"),
    ("retrieve", "get"),
    ("search", "get"),
    ("search", "post"),
    ("suggest", "get"),
    ("memory", "get"),
    ("memory", "patch"),
    ("memory", "delete"),
    ("history", "get"),
    ("related", "get"),
    ("access", "get"),
    ("shares", "get"),
    ("shares", "post"),
    ("shares", "delete"),
    ("annotations", "get"),
    ("annotations", "post"),
    ("stats", "get"),
    ("audit", "get"),
]


def call(api: Api, name: str, method: str, memory_id: UUID) -> Any:
    """Make a call about a memory."""
    body = "" if method == "get" else json.dumps(BODIES.get(name, {}))
    return api.client.generic(
        method.upper(),
        f"/api/v1/{_path(name, method, memory_id)}",
        body,
        content_type="application/json",
        headers=api.headers | {"If-Match": '"1"'},
    )


def _path(name: str, method: str, memory_id: UUID) -> str:
    elsewhere = {
        "memory": f"memory/{memory_id}",
        "retrieve": f"memory/retrieve?id={memory_id}",
        "store-batch": "memory/store/batch",
        "stats": "stats",
        "audit": "audit",
        "suggest": "memory/suggest?q=sec",
        "store": "memory/store",
        "search": "memory/search" + ("?query=plans" if method == "get" else ""),
    }
    return elsewhere.get(name, f"memory/{memory_id}/{name}")
