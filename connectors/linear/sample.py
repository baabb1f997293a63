"""A project update as Linear would deliver it, to try the way with."""

from datetime import datetime

from connectors.base import Sample


def sample(now: datetime) -> Sample:
    """Somebody says how a project goes."""
    at = f"{now:%Y-%m-%dT%H:%M:%S.000Z}"
    return Sample(
        payload={
            "action": "create",
            "type": "ProjectUpdate",
            "createdAt": at,
            "webhookTimestamp": int(now.timestamp() * 1000),
            "data": {
                "id": "sample",
                "createdAt": at,
                "updatedAt": at,
                "body": "This way is open.",
                "health": "onTrack",
                "project": {"id": "sample-project", "name": "Sample"},
            },
        },
        headers={"linear-event": "ProjectUpdate", "linear-delivery": f"sample {at}"},
    )
