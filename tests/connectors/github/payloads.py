"""What GitHub sends, after its documentation.

See https://docs.github.com/webhooks/webhook-events-and-payloads.
"""

import json
from typing import Any

REPOSITORY, NUMBER = "acme/hub", 42
THING = f"{REPOSITORY}#{NUMBER}"
ANN, BOB, CAT = "ann-lee", "bobray", "cat"
OPENED = "2026-06-01T12:00:00Z"
LATER = "2026-06-01T13:00:00Z"
MERGED = "2026-06-02T09:30:00Z"
URL = f"https://github.com/{REPOSITORY}/pull/{NUMBER}"
BODY = """\
<!-- Thank you for your contribution! -->
Prices change once a quarter, and each read asked the billing service.

## Alternatives considered

- A read replica of billing
- Doing nothing:
  the p95 would stay at 900 ms

## Roll-out

Behind a flag.
"""


def user(login: str = ANN, **fields: Any) -> dict[str, Any]:
    """Return an account as every event has it."""
    return {
        "login": login,
        "id": 583231,
        "node_id": "MDQ6VXNlcjU4MzIzMQ==",
        "avatar_url": "https://avatars.githubusercontent.com/u/583231",
        "html_url": f"https://github.com/{login}",
        "type": "User",
        "site_admin": False,
        **fields,
    }


def repository(full_name: str = REPOSITORY) -> dict[str, Any]:
    """Return a repository."""
    owner, _, name = full_name.partition("/")
    return {
        "id": 1296269,
        "name": name,
        "full_name": full_name,
        "private": True,
        "owner": user(owner, type="Organization"),
        "default_branch": "main",
    }


def pull(
    title: str = "Cache prices for an hour",
    body: str | None = BODY,
    *,
    number: int = NUMBER,
    repo: str = REPOSITORY,
    **fields: Any,
) -> dict[str, Any]:
    """Return an open pull request as it is in an event or a list."""
    return {
        "url": f"https://api.github.com/repos/{repo}/pulls/{number}",
        "id": 279147437,
        "html_url": f"https://github.com/{repo}/pull/{number}",
        "number": number,
        "state": "open",
        "locked": False,
        "title": title,
        "user": user(ANN),
        "body": body,
        "created_at": OPENED,
        "updated_at": OPENED,
        "closed_at": None,
        "merged_at": None,
        "merge_commit_sha": None,
        "labels": [{"id": 1, "name": "pricing", "color": "f29513"}],
        "draft": False,
        "head": {"ref": "cache", "sha": "ec26c3e", "repo": repository(repo)},
        "base": {"ref": "main", "sha": "f95f852", "repo": repository(repo)},
        **fields,
    }


def closed(at: str = MERGED, **fields: Any) -> dict[str, Any]:
    """Return a pull request that nobody merged."""
    over = {"state": "closed", "closed_at": at, "updated_at": at}
    return pull(**({"merged": False, "merged_by": None} | over | fields))


def merged(at: str = MERGED, **fields: Any) -> dict[str, Any]:
    """Return a pull request that Bob merged."""
    over = {"merged": True, "merged_at": at, "merged_by": user(BOB)}
    return closed(at, **(over | fields))


def listed(one: dict[str, Any]) -> dict[str, Any]:
    """Return a pull request as lists and reviews have it, which name no merger."""
    return {
        key: value for key, value in one.items() if key not in {"merged", "merged_by"}
    }


def event(action: str, one: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Something happened to a pull request."""
    return {
        "action": action,
        "number": one["number"],
        "pull_request": one,
        "repository": one["base"]["repo"],
        "organization": {"login": "acme", "id": 1},
        "sender": user(ANN),
        **fields,
    }


def review(
    body: str | None = "Let the hour be a setting.",
    *,
    by: str = BOB,
    state: str = "commented",
    id_: int = 80,
    at: str = LATER,
    **fields: Any,
) -> dict[str, Any]:
    """Return a review; the API writes its state in capitals."""
    return {
        "id": id_,
        "node_id": "MDE3OlB1bGxSZXF1ZXN0UmV2aWV3ODA=",
        "user": user(by),
        "body": body,
        "commit_id": "ec26c3e",
        "submitted_at": at,
        "state": state,
        "html_url": f"{URL}#pullrequestreview-{id_}",
        "author_association": "MEMBER",
        **fields,
    }


def reviewed(
    one: dict[str, Any], action: str = "submitted", *, at: str = LATER, **fields: Any
) -> dict[str, Any]:
    """Somebody handed a review in, or something happened to it."""
    return event(action, listed(pull(updated_at=at, **fields)), review=one)


def comment(
    body: str | None = "An hour is long for a price.",
    *,
    by: str = BOB,
    id_: int = 10,
    at: str = LATER,
    **fields: Any,
) -> dict[str, Any]:
    """Return a comment on a line."""
    return {
        "id": id_,
        "node_id": "MDI0OlB1bGxSZXF1ZXN0UmV2aWV3Q29tbWVudDEw",
        "pull_request_review_id": 80,
        "diff_hunk": "@@ -16,33 +16,40 @@",
        "path": "prices/cache.py",
        "commit_id": "ec26c3e",
        "original_commit_id": "ec26c3e",
        "user": user(by),
        "body": body,
        "created_at": at,
        "updated_at": at,
        "html_url": f"{URL}#discussion_r{id_}",
        "line": 17,
        "original_line": 17,
        "position": 4,
        "original_position": 4,
        "side": "RIGHT",
        "subject_type": "line",
        **fields,
    }


def commented(
    one: dict[str, Any], action: str = "created", *, at: str = LATER
) -> dict[str, Any]:
    """Somebody commented on a line, edited that, or deleted it."""
    return event(action, listed(pull(updated_at=at)), comment=one)


def thread(
    *comments: dict[str, Any], action: str = "resolved", at: str = LATER
) -> dict[str, Any]:
    """Somebody resolved a thread, or opened it again."""
    thread = {"node_id": "PRRT_1", "comments": list(comments)}
    return event(action, listed(pull(updated_at=at)), thread=thread)


def ping() -> dict[str, Any]:
    """Return what GitHub sends when a webhook is added."""
    hook = {"type": "Organization", "id": 1, "events": ["pull_request"]}
    return {"zen": "Keep it logically awesome.", "hook_id": 1, "hook": hook}


def as_json(payload: object) -> bytes:
    """Return a body as GitHub sends it."""
    return json.dumps(payload).encode()
