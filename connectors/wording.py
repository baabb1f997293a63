"""Texts of any length, cut to what a memory can hold."""

import json
from bisect import bisect_right

LIMIT = 44 * 1024
"""What a memory's main text may take of its content, in bytes of JSON."""


def fitting(text: str, *, limit: int = LIMIT) -> str:
    """Return a text whole, or as much of it as fits, with an ellipsis."""
    if _size(text) <= limit:
        return text
    length = bisect_right(
        range(len(text)), limit - 3, key=lambda length: _size(text[:length])
    )
    return text[: length - 1].rstrip() + "…"


def _size(text: str) -> int:
    """Return how many bytes a text takes as JSON, but for its quotation marks."""
    return len(json.dumps(text, ensure_ascii=False).encode(errors="replace")) - 2
