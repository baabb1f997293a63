"""A message as Slack would deliver it, to try the way with."""

from datetime import datetime

from connectors.base import Sample


def sample(now: datetime) -> Sample:
    """Somebody writes a decision in a channel."""
    at = f"{now.timestamp():.6f}"
    return Sample(
        payload={
            "type": "event_callback",
            "team_id": "T0",
            "event_id": f"Ev{at}",
            "event_time": int(now.timestamp()),
            "event": {
                "type": "message",
                "channel": "C0",
                "channel_type": "channel",
                "user": "U0",
                "text": "Decision: this way is open.",
                "ts": at,
                "event_ts": at,
            },
        }
    )
