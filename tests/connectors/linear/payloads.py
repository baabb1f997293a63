"""What Linear sends, after its documentation: https://linear.app/developers/webhooks."""

import json
from datetime import UTC, datetime
from typing import Any

ANN, BOB = (
    "b5ea5f1f-8adc-4f52-b4bd-ab4e84cf51ba",
    "aacdca22-6266-4c0a-ab3c-8fa70a26765c",
)
CORE = "72b2a2dc-6f4f-4423-9d34-24b5bd10634a"
TODO, REVIEW, DONE = "state-todo", "state-review", "state-done"
STATES = {TODO: "Todo", REVIEW: "In Review", DONE: "Done"}
ONE = "539068e2-ae88-4d09-bd75-22eb4a59612f"
"""The id of whatever a payload is about, where a test needs only one."""
PEOPLE = {ANN: "Ann Lee", BOB: "Bob Ray"}


def at(minutes: float = 0) -> str:
    """Return a time in minutes after 2026-06-01, 12:00 in UTC, a Monday."""
    seconds = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() + 60 * minutes
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def person(id_: str = ANN, **fields: Any) -> dict[str, Any]:
    """Return somebody as payloads and the API have them."""
    name = PEOPLE.get(id_, "Cy Doe")
    known = {"id": id_, "name": name, "email": f"{name.split()[0].lower()}@x.com"}
    return known | {"url": f"https://linear.app/acme/profiles/{id_}"} | fields


def change(
    kind: str,
    entity: dict[str, Any],
    *,
    action: str = "create",
    minutes: float | None = None,
    by: str | None = ANN,
    **fields: Any,
) -> dict[str, Any]:
    """Wrap what was made, changed or removed as a webhook does."""
    return {
        "action": action,
        "actor": person(by) | {"type": "user"} if by else None,
        "createdAt": entity["updatedAt"] if minutes is None else at(minutes),
        "data": entity,
        "type": kind,
        "url": entity.get("url"),
        "organizationId": "6f0e8d2a-3b7c-4c4e-9a53-3f1df9d2f0aa",
        "webhookTimestamp": 0,
        "webhookId": "000042e3-d123-4980-b49f-8e140eef9329",
    } | fields


def entity(minutes: float = 0, *, id_: str = ONE, **fields: Any) -> dict[str, Any]:
    """Return what all entities have; it was made at noon, and changed since."""
    times = {"createdAt": at(), "updatedAt": at(minutes), "archivedAt": None}
    return {"id": id_} | times | fields


def project_update(
    body: str | None = "The new pages are up.\n\nTODO @Bob: redirects by Friday",
    *,
    health: str | None = "atRisk",
    by: str | None = ANN,
    minutes: float = 0,
    **fields: Any,
) -> dict[str, Any]:
    """Return how somebody says that a project goes."""
    url = "https://linear.app/acme/project/website-1f2e/overview"
    known: dict[str, Any] = {
        "body": body,
        "bodyData": "{}",
        "health": health,
        "slugId": "f3b1",
        "project": {"id": "p1", "name": "Website relaunch", "url": url},
        "projectId": "p1",
        "userId": by,
        "user": person(by) if by else None,
        "diffMarkdown": "",
        "reactionData": [],
        "url": f"{url}#update-f3b1",
    }
    return entity(minutes, **known | fields)


def cycle(*, is_over: bool = True, minutes: float = 0, **fields: Any) -> dict[str, Any]:
    """Return a sprint that ended with 18 of 24 issues done, after it began with 21."""
    known: dict[str, Any] = {
        "number": 12,
        "name": None,
        "description": None,
        "teamId": CORE,
        "startsAt": "2026-05-18T12:00:00.000Z",
        "endsAt": at(),
        "completedAt": at() if is_over else None,
        "issueCountHistory": [21, 21, 23, 24],
        "completedIssueCountHistory": [0, 5, 11, 18],
        "scopeHistory": [40, 40, 46, 48],
        "completedScopeHistory": [0, 9, 20, 36],
        "inProgressScopeHistory": [3, 8, 8, 5],
        "uncompletedIssuesUponCloseIds": [f"issue-{n}" for n in range(6)]
        if is_over
        else [],
    }
    return entity(minutes, **known | fields)


def issue(
    state: str = REVIEW, minutes: float = 0, *, id_: str = ONE, **fields: Any
) -> dict[str, Any]:
    """Return something to be done."""
    known: dict[str, Any] = {
        "identifier": "COR-12",
        "number": 12,
        "title": "Fix the login",
        "priority": 2,
        "stateId": state,
        "state": {"id": state, "name": STATES[state], "type": "started"},
        "teamId": CORE,
        "team": {"id": CORE, "key": "COR", "name": "Core"},
        "creatorId": ANN,
        "creator": person(ANN),
        "assigneeId": BOB,
        "assignee": person(BOB),
        "trashed": None,
        "url": "https://linear.app/acme/issue/COR-12/fix-the-login",
    }
    return entity(minutes, id_=id_, **known | fields)


def moved(
    origin: str, to: str, minutes: float, *, by: str | None = ANN, **fields: Any
) -> dict[str, Any]:
    """Somebody moved an issue from one state to another."""
    before = {"stateId": origin, "updatedAt": at(minutes - 1)}
    one = issue(to, minutes, **fields)
    return change("Issue", one, action="update", updatedFrom=before, by=by)


def comment(body: str | None = "Looks good to me.", **fields: Any) -> dict[str, Any]:
    """Return what somebody said of an issue."""
    known: dict[str, Any] = {
        "body": body,
        "edited": False,
        "issueId": "i1",
        "issue": {"id": "i1", "identifier": "COR-12", "title": "Fix the login"},
        "userId": BOB,
        "user": person(BOB),
        "reactionData": [],
    }
    return entity(**known | fields)


COMMENTED_AT = "https://linear.app/acme/issue/COR-12/fix-the-login#comment-539068e2"


def commented(body: str | None = "Looks good to me.", **fields: Any) -> dict[str, Any]:
    """Somebody said something of an issue."""
    return change("Comment", comment(body, **fields), by=BOB, url=COMMENTED_AT)


def removed(kind: str, *, minutes: float, id_: str = ONE) -> dict[str, Any]:
    """Somebody removed it; the entity is as it was before."""
    gone = entity(id_=id_, body="What stood there")
    return change(kind, gone, action="remove", minutes=minutes)


def sent(payload: dict[str, Any], now: datetime) -> bytes:
    """Return a body as Linear sends it at a time."""
    stamp = {"webhookTimestamp": int(now.timestamp() * 1000)}
    return json.dumps(payload | stamp).encode()
