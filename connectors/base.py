"""What a connector is: how it knows its vendor, and what it makes of what is sent.

A delivery is taken apart into *parts* of *things*: a message, a review, a cycle's end.
Each part is a whole state and has a revision, so that the newest one wins whichever
comes first, and the same one a hundred times is one. What is remembered of a thing is
told from all its parts anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from memories.schemas.base import Strict
from memories.schemas.draft import Draft


class ForgedError(Exception):
    """The vendor did not sign this, or not just now; the message is for our log."""


class UnreadableError(Exception):
    """A delivery that is not what its vendor documents; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A delivery as it came in, unread."""

    headers: Mapping[str, str]
    """By names in small letters."""
    body: bytes
    url: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a delivery says of itself."""

    id: str
    """The same when the vendor sends the same again."""
    event: str
    answer: Mapping[str, Any] = field(default_factory=dict)
    """What the vendor wants to hear, where it is a handshake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The state of one part of a thing, as of a revision."""

    thing: str
    key: str
    revision: str
    """Sorts as text; of two, the greater is the newer."""
    data: Mapping[str, Any] | None
    """None is gone."""
    people: Sequence[str] = ()
    """Whom the part speaks of, by the vendor's ids or by their addresses."""
    group: str = ""
    """What the thing belongs to with others, such as a message to a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a vendor tells of a person."""

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is in a delivery, or why there is nothing in it to be remembered."""

    parts: Sequence[Part] = ()
    people: Sequence[Known] = ()
    ignored: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One memory that is told of a thing."""

    draft: Draft
    """Its owner, evidence and what it supersedes are named beside it."""
    owner: str | None = None
    """A person, as a part names one."""
    evidence: Sequence[str] = ()
    """Memories of the same connector, by their external ids."""
    rests_on_group: bool = False
    """Whether all else that is told in the thing's group is evidence, too."""
    supersedes: str | None = None


class Directory(Protocol):
    """Whom a tool's ids mean; channels and the like are in it, too."""

    def get(self, one: str) -> Known | None:
        """Return what is known of somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a tool's past."""

    parts: Sequence[Part]
    people: Sequence[Known] = ()
    cursor: Mapping[str, Any] | None
    """Where the next page begins; None after the last one."""
    done: int = 0
    """How much is behind it in all, in whatever its API counts."""
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do at the vendor; `{url}` in it is our endpoint."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A delivery as the vendor would make it, but for what it signs."""

    payload: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector[Rules: Strict]:
    """One tool: pure functions, and a client of its API."""

    name: str
    label: str
    rules: type[Rules]
    """What an admin may decide, each with a default."""
    verify: Callable[[Incoming, Sequence[str]], None]
    """Raise ForgedError unless one of the secrets signed it."""
    label_of: Callable[[Incoming, Mapping[str, Any]], Label]
    read: Callable[[str, Mapping[str, Any], Directory, Rules], Reading]
    """Take a delivery apart, by its event; raise UnreadableError."""
    tell: Callable[
        [str, Mapping[str, Mapping[str, Any]], Directory, Rules], Sequence[Telling]
    ]
    """Tell a thing's memories from its parts that are there, by their keys."""
    history: Callable[["Span", Rules], Iterator[Page]]
    """Ask the tool's API for what happened."""
    steps: Sequence[Step]
    sample: Callable[[datetime], Sample]
    """Make a delivery to try the way with."""
    signed: Callable[[bytes, str, datetime], Mapping[str, str]] | None
    """Return the headers that a vendor signs a body with; None if it alone can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which past to ask for, and where to go on."""

    since: datetime
    until: datetime
    cursor: Mapping[str, Any] | None = None
