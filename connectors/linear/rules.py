"""What an admin decides about Linear."""

from pydantic import Field

from memories.schemas.base import Name, Strict


class LinearRules(Strict):
    """Which moves of issues are remembered, and whether comments are."""

    states: list[Name] = Field(
        [],
        description="States by name or id, such as In Review: an issue that comes into "
        "one of them or leaves it is remembered.",
    )
    comments: bool = Field(
        default=False,
        description="Whether comments on issues and project updates are remembered.",
    )

    def pick(self, *states: str | None) -> bool:
        """Say whether one of some states is picked, each by its id or its name."""
        picked = {state.strip().casefold() for state in self.states}
        return any(state.strip().casefold() in picked for state in states if state)
