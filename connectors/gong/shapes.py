"""What Gong sends, and its API answers, as far as it is read.

After https://help.gong.io/docs/payload-sent-to-webhooks and the API's calls/extensive,
whose calls are the same.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from connectors.base import Known
from connectors.payload import CamelCased
from memories.schemas.base import Instant

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]

ADDRESS = 254
"""How long an e-mail address can be."""


class MetaData(CamelCased):
    """When a call was, and how long, in seconds."""

    id: Id
    url: str | None = None
    title: str | None = None
    scheduled: Instant | None = None
    started: Instant | None = None
    duration: float | None = Field(None, ge=0, allow_inf_nan=False)
    primary_user_id: Id | None = None
    language: str | None = None
    is_private: bool | None = None


class CrmField(CamelCased):
    """A field of something in the CRM."""

    name: str | None = None
    value: Any = None


class CrmObject(CamelCased):
    """Something in the CRM, such as an account."""

    object_type: str | None = None
    fields: list[CrmField] | None = None

    @property
    def account(self) -> str:
        """The customer's name, if it is an account that has one."""
        if (self.object_type or "").lower() != "account":
            return ""
        names = (each.value for each in self.fields or () if each.name == "Name")
        return next((each.strip() for each in names if isinstance(each, str)), "")


class Context(CamelCased):
    """What a CRM knows of a call."""

    objects: list[CrmObject] | None = None


class Party(CamelCased):
    """Somebody in a call; who dialled in may be a number alone."""

    name: str | None = None
    email_address: str | None = None
    user_id: Id | None = None
    speaker_id: str | None = None
    affiliation: str | None = None
    context: list[Context] | None = None

    @property
    def email(self) -> str:
        """Their address, if it can be one."""
        address = (self.email_address or "").strip().lower()
        return address if "@" in address and len(address) <= ADDRESS else ""

    @property
    def label(self) -> str:
        """What they go by."""
        return (self.name or "").strip() or self.email

    @property
    def is_internal(self) -> bool:
        """Whether they are of our company; Gong does not know it of everybody."""
        return self.affiliation == "Internal" or self.user_id is not None


class Topic(CamelCased):
    """What was talked about, for some seconds; all there are are listed."""

    name: str
    duration: float | None = None


class Phrase(CamelCased):
    """Words in which a tracker was heard."""

    phrase: str | None = None


class Tracker(CamelCased):
    """What Gong listens for, and how often it was heard."""

    name: str
    count: int = 0
    phrases: list[Phrase] | None = None


class Point(CamelCased):
    """One line of what Gong writes of a call."""

    text: str | None = None


class Chapter(CamelCased):
    """Lines under a heading: `title` of highlights, `section` of an outline."""

    title: str | None = Field(None, validation_alias=AliasChoices("title", "section"))
    items: list[Point] | None = None


class Snippet(CamelCased):
    """What somebody said that they would do."""

    snippet: str | None = None
    speaker_id: str | None = Field(
        None, validation_alias=AliasChoices("speakerID", "speakerId")
    )


class Interest(CamelCased):
    """Moments that Gong points out."""

    action_items: list[Snippet] | None = None


class Content(CamelCased):
    """What was said in a call, as far as Gong made it out."""

    topics: list[Topic] | None = None
    trackers: list[Tracker] | None = None
    brief: str | None = None
    key_points: list[Point] | None = None
    highlights: list[Chapter] | None = None
    outline: list[Chapter] | None = None
    points_of_interest: Interest | None = None


class Call(CamelCased):
    """A call as webhooks and the API have it."""

    meta_data: MetaData
    context: list[Context] | None = None
    parties: list[Party] | None = None
    content: Content | None = None
    points_of_interest: Interest | None = None

    @property
    def people(self) -> Sequence[Known]:
        """Who of our company was in it."""
        return [
            Known(id=party.user_id, name=party.label, email=party.email)
            for party in self.parties or ()
            if party.user_id
        ]


class Notice(CamelCased):
    """What a rule's webhook sends."""

    call_data: Call
    is_test: bool | None = None
    is_private: bool | None = None


class User(CamelCased):
    """Somebody of our company."""

    id: Id
    email_address: str | None = None
    first_name: str | None = None
    last_name: str | None = None

    @property
    def known(self) -> Known:
        """What we keep of them."""
        name = " ".join(filter(None, (self.first_name, self.last_name)))
        return Known(id=self.id, name=name, email=self.email_address or "")


class Records(CamelCased):
    """How much there is, and where the next page begins."""

    total_records: int | None = None
    cursor: str | None = None


class Answer(CamelCased):
    """A page of what was asked for."""

    records: Records = Field(default_factory=Records)
    calls: list[Any] = []
    users: list[Any] = []
