"""What an admin decides about Slack."""

from fnmatch import fnmatchcase

from pydantic import Field

from memories.schemas.base import Name, Strict


class SlackRules(Strict):
    """Which channels are remembered, and what makes a message a decision."""

    channels: list[Name] = Field(
        ["*"],
        description="Channels by id or name; * stands for any letters. Private ones "
        "and direct messages are remembered only when more than * names them.",
    )
    decision_reactions: list[Name] = Field(
        ["decision"], description="Emoji by which somebody makes a message a decision."
    )
    decision_prefixes: list[Name] = Field(
        ["Decision:", "Decided:", "We decided", "Agreed:"],
        description="How a line begins that is a decision, in any case.",
    )
    decision_shortcut: Name = Field(
        "decision", description="The callback id of the message shortcut for decisions."
    )

    def allow(self, channel: str, name: str, *, is_public: bool) -> bool:
        """Say whether a channel is remembered, by its id and its name without #."""
        patterns = [pattern.removeprefix("#") for pattern in self.channels]
        if not is_public:
            patterns = [pattern for pattern in patterns if pattern.strip("*")]
        return any(
            fnmatchcase(known, pattern)
            for pattern in patterns
            for known in (channel, name)
            if known
        )

    def decides(self, reaction: str) -> bool:
        """Say whether an emoji makes a message a decision, by its name."""
        return reaction in {each.strip(":") for each in self.decision_reactions}
