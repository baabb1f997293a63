"""What somebody remarks on a memory, and which remarks to read."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictInt

from .base import Prose, Strict, Text
from .search import PAGE_LIMIT

REMARK_LIMIT = 8 * 1024


def _within_limit(text: str) -> str:
    size = len(text.encode(errors="surrogatepass"))
    if size > REMARK_LIMIT:
        msg = f"is {size} bytes; the limit is {REMARK_LIMIT} ({REMARK_LIMIT >> 10} KiB)"
        raise ValueError(msg)
    return text


class Note(Strict):
    """A remark on a memory."""

    body: Annotated[Prose, AfterValidator(_within_limit)]
    kind: Literal["note", "confirm", "dispute", "correction"] = "note"


class AnnotationsRequest(Strict):
    """Which remarks to read: a page of them, from where the page before it ended."""

    limit: Annotated[StrictInt, Field(ge=1, le=PAGE_LIMIT)] = PAGE_LIMIT
    cursor: Annotated[Text, Field(pattern=r"^[0-9]{1,18}$")] | None = None


FIRST_PAGE = AnnotationsRequest()
