"""What a caller hands in: a draft of a memory, and changes to one."""

import json
import math
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictInt, field_validator, model_validator

from .base import Instant, Name, Strict, Text, storable

CONTENT_LIMIT = 64 * 1024
METADATA_LIMIT = 16 * 1024
NESTING_LIMIT = 32
BATCH_LIMIT = 1000


def _within(limit: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def check(value: dict[str, Any]) -> dict[str, Any]:
        size = len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"))
        if size > limit:
            msg = f"is {size} bytes of JSON; the limit is {limit} ({limit // 1024} KiB)"
            raise ValueError(msg)
        return value

    return check


def _storable(metadata: dict[str, Any]) -> dict[str, Any]:
    _check(metadata, at="", depth=1)
    return metadata


def _check(value: object, *, at: str, depth: int) -> None:
    """Refuse what PostgreSQL could not keep of free JSON, and say where it is."""
    if depth > NESTING_LIMIT:
        msg = f"{at} is nested deeper than the limit of {NESTING_LIMIT} levels"
        raise ValueError(msg)
    match value:
        case str():
            try:
                storable(value)
            except ValueError as error:
                msg = f"{at} {error}"
                raise ValueError(msg) from None
        case float() if not math.isfinite(value):
            msg = f"{at} must be a finite number"
            raise ValueError(msg)
        case dict():
            for key, item in value.items():
                _check(key, at=f"a key in {at or '/'}", depth=depth)
                _check(item, at=f"{at}/{key}", depth=depth + 1)
        case list():
            for number, item in enumerate(value):
                _check(item, at=f"{at}/{number}", depth=depth + 1)


def _distinct(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tag.strip() for tag in tags))


Title = Annotated[Name, Field(max_length=200)]
Tag = Annotated[Name, Field(max_length=64)]
Tags = Annotated[list[Tag], Field(max_length=50), AfterValidator(_distinct)]
Source = Annotated[Name, Field(max_length=64)]
ExternalId = Annotated[Name, Field(max_length=255)]
RawContent = Annotated[dict[str, Any], AfterValidator(_within(CONTENT_LIMIT))]
Metadata = Annotated[
    dict[str, Any], AfterValidator(_storable), AfterValidator(_within(METADATA_LIMIT))
]
Email = Annotated[Text, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Life = Annotated[
    StrictInt,
    Field(ge=1, le=100 * 366 * 86400, description="the memory's own life, in seconds"),
]


class Draft(Strict):
    """A memory as it is handed in."""

    type: Text
    content: RawContent
    title: Title | None = None
    metadata: Metadata = {}
    tags: Tags = []
    source: Source | None = None
    external_id: ExternalId | None = None
    occurred_at: Instant | None = None
    owner: Email | None = None
    ttl_seconds: Life | None = None
    schema_version: StrictInt | None = None

    @model_validator(mode="after")
    def _external_id_has_a_source(self) -> "Draft":
        if self.external_id is not None and self.source is None:
            msg = "an external_id needs the source that it comes from"
            raise ValueError(msg)
        return self


class Amendment(Strict):
    """Changes to one memory; what is not named stays as it is.

    `content` replaces the whole content and is read by `schema_version`, the newest
    when it is not given.
    """

    content: RawContent | None = None
    title: Title | None = None
    metadata: Metadata | None = None
    tags: Tags | None = None
    occurred_at: Instant | None = None
    owner: Email | None = None
    ttl_seconds: Life | None = None
    schema_version: StrictInt | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _no_null(cls, value: object) -> object:
        if value is None:
            msg = "must not be null: leave it out to keep what is there"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _names_a_change(self) -> "Amendment":
        if not self.model_fields_set - {"schema_version"}:
            fields = ", ".join(name for name in type(self).model_fields)
            msg = f"name at least one field to change: {fields}"
            raise ValueError(msg)
        return self


class BatchRequest(Strict):
    """Many drafts at once; each is read on its own, so that one harms no other."""

    memories: Annotated[list[Any], Field(min_length=1, max_length=BATCH_LIMIT)]
