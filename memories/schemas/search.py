"""What a caller asks to find or to read."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, model_validator

from .base import Instant, Strict, Text
from .draft import Email, ExternalId, Source, Tag

PAGE_LIMIT = 100


def _sayable(text: object) -> object:
    """Leave out what PostgreSQL cannot keep: what is typed is never an error."""
    if isinstance(text, str):
        return text.replace("\x00", " ").encode(errors="replace").decode()
    return text


Typed = Annotated[
    str,
    BeforeValidator(_sayable),
    Field(json_schema_extra={"format": "search-query"}),
]
"""Text as people type it."""


class SearchRequest(Strict):
    """A search as people and programs ask for it; all fields are optional.

    `query` is what people type: words, "a phrase", -not, prefi*, and filters such as
    type:decision source:gong customer:"Acme Corp" tag:pricing owner:ann@example.com
    after:2026-01-01 before:"last monday", or last 30 days. A minus before a filter
    turns it round. Nothing typed is an error, and the answer says how it was read.
    """

    query: Typed = ""
    types: Annotated[list[Text], Field(max_length=20)] = []
    sources: Annotated[list[Source], Field(max_length=50)] = []
    tags: Annotated[list[Tag], Field(max_length=50)] = []
    owner: Email | None = None
    customer: Text | None = None
    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    sort: Literal["relevance", "newest", "oldest"] = "relevance"
    mode: Literal["hybrid", "lexical", "semantic"] = "hybrid"
    tier: Literal["hot"] = "hot"
    limit: Annotated[StrictInt, Field(ge=1, le=PAGE_LIMIT)] = 20
    cursor: Text | None = None
    facets: StrictBool = False
    explain: StrictBool = False


class SuggestRequest(Strict):
    """What somebody has begun to type."""

    q: Typed = ""
    limit: Annotated[StrictInt, Field(ge=1, le=50)] = 10


class RelatedRequest(Strict):
    """How many related memories to find."""

    limit: Annotated[StrictInt, Field(ge=1, le=PAGE_LIMIT)] = 10


class RetrieveRequest(Strict):
    """Which memories to read: by their ids, or one by its source and external id."""

    id: Annotated[list[UUID], Field(max_length=PAGE_LIMIT)] = []
    source: Source | None = None
    external_id: ExternalId | None = None

    @model_validator(mode="after")
    def _names_some(self) -> "RetrieveRequest":
        if not self.id and not (self.source and self.external_id):
            msg = f"name 1 to {PAGE_LIMIT} ids, or a source and an external_id"
            raise ValueError(msg)
        return self
