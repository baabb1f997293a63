"""A call as Gong would deliver it, to try the way with."""

from datetime import datetime

from connectors.base import Sample


def sample(now: datetime) -> Sample:
    """Somebody of a customer's was called."""
    return Sample(
        payload={
            "callData": {
                "metaData": {
                    "id": "0",
                    "title": "This way is open",
                    "started": now.isoformat(),
                    "duration": 60,
                },
                "parties": [
                    {
                        "name": "Sample",
                        "emailAddress": "sample@example.com",
                        "affiliation": "External",
                    }
                ],
            }
        }
    )
