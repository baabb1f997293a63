"""What an admin decides about Gong."""

from fnmatch import fnmatchcase

from pydantic import Field

from memories.schemas.base import Name, Strict


class GongRules(Strict):
    """What makes a call an insight, too."""

    trackers: list[Name] = Field(
        [],
        description="Trackers by name, in any case, such as Churn risk or Competitor*; "
        "* stands for any letters. A call in which one is heard is an insight.",
    )
    tracker_mentions: int = Field(
        1, ge=1, description="How often one of these trackers is heard at least."
    )
    sentiment_below: float = Field(
        -0.5,
        ge=-1,
        le=1,
        description="A call whose sentiment is below this is an insight; -1 is none.",
    )

    def watch(self, tracker: str, *, mentions: int) -> bool:
        """Say whether a tracker that is heard so often makes a call an insight."""
        return mentions >= self.tracker_mentions and any(
            fnmatchcase(tracker.casefold(), pattern.casefold())
            for pattern in self.trackers
        )
