"""What Linear sends, and its API answers, as far as it is read.

After https://linear.app/developers/webhooks.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from connectors.base import Known, UnreadableError
from connectors.payload import CamelCased

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text)
    try:
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:
        msg = "must lie in the years 1 to 9999 in UTC"
        raise ValueError(msg) from None
    return at.isoformat(timespec="milliseconds")


Moment = Annotated[str, AfterValidator(_moment)]
"""A time to the millisecond in UTC, which sorts as text."""
Count = Annotated[float, Field(ge=0, le=1e9)]


class User(CamelCased):
    """A person, or who is known to Linear from elsewhere."""

    id: Id
    name: str | None = None
    display_name: str | None = None
    email: str | None = None

    @property
    def known(self) -> Known:
        """What we keep of them."""
        name = self.name or self.display_name or ""
        return Known(id=self.id, name=name, email=self.email or "")


class Named(CamelCased):
    """A team, a state or a project."""

    id: Id
    name: str = ""

    @property
    def known(self) -> Known:
        """What we keep of it."""
        return Known(id=self.id, name=self.name)


class Actor(CamelCased):
    """Who did it: a person, an integration or an app."""

    id: Id | None = None
    type: str | None = None
    name: str | None = None
    email: str | None = None

    @property
    def person(self) -> User | None:
        """The person, where it is one."""
        if self.id is None or self.type not in {None, "user"}:
            return None
        return User(id=self.id, name=self.name, email=self.email)


class Entity(CamelCased):
    """What all that changes has in common."""

    id: Id
    created_at: Moment
    updated_at: Moment


class ProjectUpdate(Entity):
    """How a project goes, as somebody wrote it."""

    body: str | None = None
    health: str | None = None
    project: Named | None = None
    user_id: Id | None = None
    user: User | None = None
    url: str | None = None

    @property
    def by(self) -> str | None:
        """Who wrote it."""
        return self.user.id if self.user else self.user_id


class Cycle(Entity):
    """A sprint; each history has a number for each of its days."""

    number: int
    name: str | None = None
    team_id: Id | None = None
    starts_at: Moment
    ends_at: Moment
    completed_at: Moment | None = None
    issue_count_history: list[Count] = []
    completed_issue_count_history: list[Count] = []
    scope_history: list[Count] = []
    completed_scope_history: list[Count] = []
    uncompleted_issues_upon_close_ids: list[str] = []


class Issue(Entity):
    """Something to be done."""

    identifier: str
    title: str = ""
    url: str | None = None
    team: Named | None = None
    state_id: Id | None = None
    state: Named | None = None
    assignee: User | None = None
    creator: User | None = None
    trashed: bool | None = None

    @property
    def in_state(self) -> str | None:
        """Where it is."""
        return self.state.id if self.state else self.state_id


class Move(CamelCased):
    """An issue went from one state to another; from none, it was made there."""

    at: Moment
    origin: Id | None = None
    to: Id
    by: Id | None = None


class Commented(CamelCased):
    """The issue that a comment is on."""

    identifier: str
    title: str = ""


class Updated(CamelCased):
    """The project update that a comment is on."""

    project: Named | None = None


class Comment(Entity):
    """What somebody said of an issue or a project update."""

    body: str | None = None
    user_id: Id | None = None
    user: User | None = None
    external_user: User | None = None
    bot_actor: Any = None
    issue: Commented | None = None
    project_update: Updated | None = None
    url: str | None = None

    @property
    def by(self) -> str | None:
        """Who wrote it."""
        author = self.user or self.external_user
        return author.id if author else self.user_id

    @property
    def people(self) -> list[Known]:
        """Who wrote it; who is external may claim any address, and is a name alone."""
        known = [self.user.known] if self.user else []
        if self.external_user:
            outside = self.external_user.known
            known.append(Known(id=outside.id, name=outside.name))
        return known


class Removed(CamelCased):
    """All that is needed of what is gone."""

    id: Id
    updated_at: Moment | None = None


class Before(CamelCased):
    """What an issue was before it changed, as far as that changed."""

    state_id: Id | None = None
    trashed: bool | None = None


class Envelope(CamelCased):
    """What a change comes in; `created_at` is when it happened."""

    action: str
    type: str
    data: dict[str, Any]
    created_at: Moment | None = None
    webhook_timestamp: int | None = None
    actor: Actor | None = None
    updated_from: Before = Before()
    url: str | None = None

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        if self.created_at is None and self.webhook_timestamp is None:
            msg = "createdAt or webhookTimestamp must be there"
            raise ValueError(msg)
        return self

    @property
    def at(self) -> str:
        """When it happened."""
        if self.created_at is not None:
            return self.created_at
        try:
            seconds = (self.webhook_timestamp or 0) / 1000
            return _moment(datetime.fromtimestamp(seconds, UTC).isoformat())
        except (OverflowError, ValueError, OSError):
            msg = "/webhookTimestamp: is no time in milliseconds since 1970"
            raise UnreadableError(msg) from None
