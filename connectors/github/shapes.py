"""What GitHub sends, as far as it is read.

After https://docs.github.com/webhooks/webhook-events-and-payloads.
"""

from typing import Annotated

from pydantic import Field

from connectors.payload import Lenient
from memories.schemas.base import Instant

Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}(\[bot\])?$")]
FullName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}/[A-Za-z0-9_.-]{1,120}$")
]
Id = Annotated[int, Field(ge=1, le=10**18)]


class User(Lenient):
    """An account; one that was deleted is null or `ghost`."""

    login: Login
    type: str | None = None
    name: str | None = None
    email: str | None = None

    @property
    def is_bot(self) -> bool:
        """Whether no person is behind it."""
        return self.type == "Bot" or self.login.endswith("[bot]")


class Tag(Lenient):
    """A label of a pull request."""

    name: str | None = None


class Repository(Lenient):
    """Where pull requests are."""

    full_name: FullName


class Base(Lenient):
    """What a pull request is to be merged into."""

    repo: Repository | None = None


class PullRequest(Lenient):
    """A pull request as events and lists have it."""

    number: Id
    title: str
    state: str
    updated_at: Instant
    created_at: Instant
    closed_at: Instant | None = None
    merged_at: Instant | None = None
    merged_by: User | None = None
    body: str | None = None
    user: User | None = None
    labels: list[Tag] | None = None
    html_url: str | None = None
    base: Base | None = None


class Review(Lenient):
    """What a reviewer said of the whole, and whether it may be merged."""

    id: Id
    state: str
    body: str | None = None
    user: User | None = None
    submitted_at: Instant | None = None
    updated_at: Instant | None = None
    html_url: str | None = None


class Comment(Lenient):
    """What a reviewer said of some lines; `line` is null when these have changed."""

    id: Id
    updated_at: Instant
    created_at: Instant
    in_reply_to_id: Id | None = None
    body: str | None = None
    user: User | None = None
    path: str = ""
    line: int | None = None
    original_line: int | None = None
    subject_type: str | None = None
    html_url: str | None = None

    @property
    def first(self) -> int:
        """The id of the comment that began its thread."""
        return self.in_reply_to_id or self.id

    @property
    def is_outdated(self) -> bool:
        """Whether a later commit changed the lines that it is on."""
        of_lines = self.subject_type != "file" and self.original_line is not None
        return of_lines and self.line is None


class Thread(Lenient):
    """A comment and the replies to it."""

    comments: list[Comment]


class Event(Lenient):
    """What every event has that is about a pull request."""

    action: str
    repository: Repository
    pull_request: PullRequest
    updated_at: Instant | None = None


class ReviewEvent(Event):
    """Somebody reviewed, edited that, or somebody else dismissed it."""

    review: Review


class CommentEvent(Event):
    """Somebody commented on some lines, edited that, or deleted it."""

    comment: Comment


class ThreadEvent(Event):
    """Somebody resolved a thread, or opened it again."""

    thread: Thread
