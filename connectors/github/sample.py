"""A pull request as GitHub would deliver it, to try the way with."""

from datetime import datetime

from connectors.base import Sample


def sample(now: datetime) -> Sample:
    """Somebody opens a pull request."""
    at = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    return Sample(
        payload={
            "action": "opened",
            "repository": {"full_name": "memory-hub/sample"},
            "pull_request": {
                "number": 1,
                "title": "This way is open",
                "state": "open",
                "created_at": at,
                "updated_at": at,
                "user": {"login": "sample", "type": "User"},
            },
        },
        headers={"x-github-event": "pull_request", "x-github-delivery": f"sample {at}"},
    )
