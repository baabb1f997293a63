"""From what GitHub sends to parts of pull requests.

A thing is a pull request, named `owner/repo#n`. Its parts are `pull_request`,
`merger`, `review:<id>`, `comment:<id>` and `thread:<id>`, by its first comment's id. A
person is a login.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.base import Directory, Incoming, Known, Label, Part, Reading
from connectors.github.rules import GithubRules
from connectors.github.shapes import (
    Comment,
    CommentEvent,
    Event,
    PullRequest,
    Review,
    ReviewEvent,
    ThreadEvent,
    User,
)
from connectors.payload import digest_of, read_as

GONE = "gone"
"""The last revision of all: it sorts behind every time, and no id comes back."""


def label_of(incoming: Incoming, payload: Mapping[str, Any]) -> Label:
    """Say what a delivery is; a ping is answered, and no more."""
    event = incoming.headers.get("x-github-event", "")
    return Label(
        id=incoming.headers.get("x-github-delivery") or digest_of(incoming.body),
        event=event,
        answer={"status": "ready"} if event == "ping" else {},
    )


def read(
    event: str, payload: Mapping[str, Any], directory: Directory, rules: GithubRules
) -> Reading:
    """Take a delivery apart, by what its header calls it.

    Raises:
        UnreadableError: it is not what GitHub documents.
    """
    match event:
        case "pull_request":
            pull = read_as(Event, payload)
            return _reading(pull, [], rules)
        case "pull_request_review":
            review = read_as(ReviewEvent, payload)
            part = _review_event_part(review)
            return _reading(review, [part] if part else [], rules, review.review.user)
        case "pull_request_review_comment":
            comment = read_as(CommentEvent, payload)
            parts = [_comment_event_part(comment)]
            return _reading(comment, parts, rules, comment.comment.user)
        case "pull_request_review_thread":
            thread = read_as(ThreadEvent, payload)
            return _reading(thread, list(_thread_event_parts(thread, rules)), rules)
        case _:
            return Reading(ignored=f"Nothing is remembered of {event or 'no event'}.")


def thing_of(repository: str, number: int) -> str:
    """Name a pull request."""
    return f"{repository}#{number}"


def refusal_of(repository: str, pull: PullRequest, rules: GithubRules) -> str:
    """Say why nothing of a pull request is remembered, if so."""
    if not rules.allow(repository):
        return f"The rules do not name the repository {repository}."
    return "A bot opened it." if is_noise(pull.user, rules) else ""


def is_noise(user: User | None, rules: GithubRules) -> bool:
    """Say whether a bot wrote it that the rules do not name."""
    return user is not None and user.is_bot and not rules.allow_bot(user.login)


def parts_of(thing: str, pull: PullRequest, *, rank: int) -> Iterator[Part]:
    """Return a pull request's own parts; of one second, the greater rank is newer."""
    state = 2 if pull.merged_at else int(pull.state == "closed")
    yield Part(
        thing=thing,
        key="pull_request",
        revision=_revision(pull.updated_at, f"{state}{rank}"),
        data={
            "title": pull.title,
            "body": pull.body or "",
            "is_closed": pull.state == "closed",
            "by": _login(pull.user),
            "created_at": pull.created_at.isoformat(),
            "closed_at": _iso(pull.closed_at),
            "merged_at": _iso(pull.merged_at),
            "labels": [each.name for each in pull.labels or () if each.name],
            "url": pull.html_url,
        },
        people=_people(pull.user),
    )
    # Only some events and calls say who it was.
    if pull.merged_at and pull.merged_by:
        yield Part(
            thing=thing,
            key="merger",
            revision=_revision(pull.merged_at, "0"),
            data={"by": pull.merged_by.login},
            people=_people(pull.merged_by),
        )


def review_part(
    thing: str, review: Review, *, as_of: datetime, edited: int
) -> Part | None:
    """Return the part of a review that was handed in, as it was at a time."""
    if review.submitted_at is None:
        return None
    state = review.state.lower()
    at = max(as_of, review.submitted_at, review.updated_at or review.submitted_at)
    return Part(
        thing=thing,
        key=f"review:{review.id}",
        revision=_revision(at, "3" if state == "dismissed" else f"{edited}"),
        data={
            "body": review.body or "",
            "state": state,
            "by": _login(review.user),
            "at": review.submitted_at.isoformat(),
            "url": review.html_url,
        },
        people=_people(review.user),
    )


def comment_part(thing: str, comment: Comment) -> Part:
    """Return the part of a comment; that its lines changed leaves its time as it is."""
    return Part(
        thing=thing,
        key=f"comment:{comment.id}",
        revision=_revision(comment.updated_at, f"{int(comment.is_outdated)}"),
        data={
            "body": comment.body or "",
            "path": comment.path,
            "first": comment.first,
            "is_outdated": comment.is_outdated,
            "by": _login(comment.user),
            "at": comment.created_at.isoformat(),
            "url": comment.html_url,
        },
        people=_people(comment.user),
    )


def people_of(parts: Sequence[Part], rules: GithubRules) -> list[Known]:
    """Return whom the rules give an address."""
    logins = dict.fromkeys(login for part in parts for login in part.people)
    known = (Known(id=login, email=rules.email_of(login)) for login in logins)
    return [each for each in known if each.email]


def _reading(
    event: Event, parts: Sequence[Part], rules: GithubRules, by: User | None = None
) -> Reading:
    """Put what an event is about beside the pull request that every event has."""
    pull = event.pull_request
    if refusal := refusal_of(event.repository.full_name, pull, rules):
        return Reading(ignored=refusal)
    if is_noise(by, rules):
        return Reading(ignored="A bot wrote it.")
    # What is opened with labels gets them within the same second.
    itself = parts_of(_thing(event), pull, rank=int(event.action != "opened"))
    both = [*itself, *parts]
    return Reading(parts=both, people=people_of(both, rules))


def _review_event_part(event: ReviewEvent) -> Part | None:
    return review_part(
        _thing(event),
        event.review,
        as_of=event.pull_request.updated_at,
        edited=2 if event.action == "edited" else 0,
    )


def _comment_event_part(event: CommentEvent) -> Part:
    if event.action == "deleted":
        key = f"comment:{event.comment.id}"
        return Part(thing=_thing(event), key=key, revision=GONE, data=None)
    return comment_part(_thing(event), event.comment)


def _thread_event_parts(event: ThreadEvent, rules: GithubRules) -> Iterator[Part]:
    comments = event.thread.comments
    for comment in comments:
        if not is_noise(comment.user, rules):
            yield comment_part(_thing(event), comment)
    if comments:
        is_resolved = event.action == "resolved"
        at = event.updated_at or event.pull_request.updated_at
        yield Part(
            thing=_thing(event),
            key=f"thread:{comments[0].first}",
            revision=_revision(at, f"{int(is_resolved)}"),
            data={"is_resolved": is_resolved},
        )


def _thing(event: Event) -> str:
    return thing_of(event.repository.full_name, event.pull_request.number)


def _revision(at: datetime, rank: str) -> str:
    return f"{at.isoformat(timespec='microseconds')} {rank}"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _login(user: User | None) -> str | None:
    return user.login if user else None


def _people(user: User | None) -> list[str]:
    return [user.login] if user else []
