"""What every memory content has in common, and the field types they share."""

import re
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
)
from typing_extensions import Self

_SURROGATE = re.compile("[\ud800-\udfff]")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def storable(text: str) -> str:
    """Return text that PostgreSQL can keep.

    Raises:
        ValueError: it holds a character that is none there.
    """
    if "\x00" in text:
        msg = "must not contain the NUL character (U+0000)"
        raise ValueError(msg)
    if not text.isascii() and _SURROGATE.search(text):
        msg = "must not contain a lone surrogate (U+D800 to U+DFFF)"
        raise ValueError(msg)
    return text


def _iso(value: object) -> object:
    """Refuse what Pydantic would read as seconds since 1970: 12345 or "12345"."""
    if isinstance(value, date) or (isinstance(value, str) and _ISO_DAY.match(value)):
        return value
    msg = "must be an ISO 8601 string such as 2026-01-31 or 2026-01-31T09:30:00Z"
    raise ValueError(msg)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    try:
        return value.astimezone(timezone.utc)
    except OverflowError:
        msg = "must lie in the years 1 to 9999 in UTC"
        raise ValueError(msg) from None


def _not_blank(text: str) -> str:
    if not text.strip():
        msg = "must not be empty"
        raise ValueError(msg)
    return text


Text = Annotated[str, AfterValidator(storable)]
"""Text that PostgreSQL can store."""

Name = Annotated[Text, AfterValidator(_not_blank), Field(min_length=1)]
"""Text that says something."""

Prose = Annotated[Name, Field(json_schema_extra={"multiline": True})]
"""The text that a memory is about: required, and edited in a box of many lines."""

Notes = Annotated[Text, Field(json_schema_extra={"multiline": True})]
"""Optional text of many lines."""

Day = Annotated[date, BeforeValidator(_iso)]

Instant = Annotated[
    datetime,
    BeforeValidator(_iso),
    AfterValidator(_utc),
    Field(description="ISO 8601; without an offset it is read as UTC"),
]

Sentiment = Annotated[StrictFloat, Field(ge=-1, le=1)]
Confidence = Annotated[StrictFloat, Field(ge=0, le=1)]
Seconds = Annotated[StrictInt, Field(ge=0)]


class Strict(BaseModel):
    """A model that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ActionItem(Strict):
    """Something that somebody is to do."""

    text: Name
    assignee: Text | None = None
    due_date: Day | None = None
    done: StrictBool = False


class Content(Strict):
    """The content of one memory, in one version of its type's schema.

    A subclass declares, beside its fields, what the rest of the hub needs to know
    about its type, so that nobody else asks which type a memory has.
    """

    type: ClassVar[str]
    version: ClassVar[int]
    label: ClassVar[str]
    """The type's name for people, in the plural."""
    headline: ClassVar[str]
    """The field that the title is taken from when none is given."""
    searchable: ClassVar[tuple[str, ...]]
    """The fields whose words are found by search, the weightiest first."""
    dashboard: ClassVar[tuple[str, ...]] = ()
    """The fields shown beside the title where memories are listed."""
    cache_ttl: ClassVar[timedelta]
    retention: ClassVar[timedelta | None]
    """How long a memory is kept when no policy says otherwise; None is for ever."""

    @classmethod
    def upcast(cls, older: dict[str, Any]) -> dict[str, Any]:
        """Turn content of the version before this one into this version's shape.

        A version that only adds optional fields needs no other; the registry refuses
        one that breaks with its forerunner and does not say how to come from it.
        """
        return older

    def default_title(self) -> str:
        """Return the headline's first line, cut to 120 characters at a word."""
        lines = str(getattr(self, self.headline)).strip().splitlines()
        first = " ".join(lines[0].split()) if lines else self.type.capitalize()
        if len(first) <= 120:
            return first
        return first[:119].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"

    def search_text(self) -> str:
        """Return the searchable words, one field a line."""
        return "\n".join(
            text for name in self.searchable if (text := _words(getattr(self, name)))
        )

    def customer_name(self) -> str | None:
        """Return the customer that this memory is about, where the type has one."""
        return getattr(self, "customer", None)

    def is_superseded(self) -> bool:
        """Say whether it says of itself that something newer holds."""
        return getattr(self, "status", None) == "superseded"

    def replaces(self) -> UUID | None:
        """Return the memory that this one takes the place of, where there is one."""
        rejected = getattr(self, "status", None) == "rejected"
        return None if rejected else getattr(self, "supersedes", None)

    @classmethod
    def parse(cls, content: object) -> Self:
        """Validate content.

        Raises:
            pydantic.ValidationError: with the place of each fault.
        """
        return cls.model_validate(content)


def _words(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case ActionItem():
            return " ".join(filter(None, (value.text, value.assignee)))
        case list():
            return "\n".join(filter(None, map(_words, value)))
        case _:
            return str(value)
