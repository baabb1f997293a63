"""What an admin decides about GitHub."""

from fnmatch import fnmatchcase

from pydantic import Field

from memories.schemas.base import Name, Strict
from memories.schemas.draft import Email


class GithubRules(Strict):
    """Which repositories are remembered, which bots, and who is behind a login."""

    repositories: list[Name] = Field(
        ["*"],
        description="Repositories by owner/name or by name; * stands for any letters.",
    )
    bots: list[Name] = Field(
        [], description="Bots, by login, that are remembered as people are."
    )
    emails: dict[Name, Email] = Field(
        {},
        description="The e-mail address behind a login, where GitHub does not show it.",
    )

    def allow(self, repository: str) -> bool:
        """Say whether a repository is remembered, by `owner/name`."""
        full = repository.lower()
        return any(
            fnmatchcase(known, pattern.lower())
            for pattern in self.repositories
            for known in (full, full.partition("/")[2])
        )

    def allow_bot(self, login: str) -> bool:
        """Say whether a bot is remembered, with or without `[bot]` after its name."""
        names = {each.lower().removesuffix("[bot]") for each in self.bots}
        return login.lower().removesuffix("[bot]") in names

    def email_of(self, login: str) -> str:
        """Return the address behind a login; empty is that nobody has said it."""
        known = {each.lower(): email for each, email in self.emails.items()}
        return known.get(login.lower(), "")
