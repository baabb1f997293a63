"""From the parts of a pull request to its memories: what was decided, and learned."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from connectors.base import Directory, Telling
from connectors.github import markdown
from connectors.github.rules import GithubRules
from connectors.wording import LIMIT, fitting
from memories.schemas.draft import Draft

PEOPLE = 30
"""How many people a memory names."""
EVIDENCE = 100
"""How much a decision cites."""
TAGS, TAG_LETTERS = 50, 64
ALTERNATIVES, ALTERNATIVE_BYTES = 20, 500
TITLE_BYTES = 2000

_VERDICTS = {"approved", "changes_requested", "dismissed"}
"""What a reviewer's review comes to; a mere comment changes nothing of it."""
_SAYS_NOTHING = re.compile(
    r"lgtm|looks (?:good|great)(?: to me)?|ship it|approved?|thanks?(?: you)?|nice"
    r"|great|done|nit|[\W\d_]*",
    re.IGNORECASE,
)


def tell(
    thing: str,
    parts: Mapping[str, Mapping[str, Any]],
    directory: Directory,
    rules: GithubRules,
) -> Sequence[Telling]:
    """Tell a pull request as the decision that it is, and its reviews as insights."""
    if "pull_request" not in parts:
        return []
    telling = _Telling(thing, parts, directory)
    insights = [*telling.reviews(), *telling.threads()]
    return [*insights, telling.decision(insights)]


class _Telling:
    """What the memories of one pull request share."""

    def __init__(
        self,
        thing: str,
        parts: Mapping[str, Mapping[str, Any]],
        directory: Directory,
    ) -> None:
        self.thing, self.parts, self.directory = thing, parts, directory
        self.repository = thing.rpartition("#")[0]
        self.pull = parts["pull_request"]

    def decision(self, insights: Sequence[Telling]) -> Telling:
        """Tell what was decided, or is to be, with the insights that it rests on."""
        pull = self.pull
        ended_at = pull["merged_at"] or (pull["is_closed"] and pull["closed_at"])
        body = markdown.without_comments(pull["body"])
        rationale, alternatives = markdown.split(body)
        alternatives = [
            fitting(each, limit=ALTERNATIVE_BYTES)
            for each in alternatives[:ALTERNATIVES]
        ]
        room = LIMIT - (ALTERNATIVE_BYTES + 10) * len(alternatives)
        content = {
            "decision": fitting(pull["title"].strip() or self.thing, limit=TITLE_BYTES),
            "status": self.status,
            "rationale": fitting(rationale, limit=room),
            "alternatives": alternatives,
            "decided_by": list(self.decided_by())[:PEOPLE],
            "decided_at": ended_at,
            "topics": [self.repository],
            "url": pull["url"],
        }
        tags = (label.strip()[:TAG_LETTERS] for label in pull["labels"])
        evidence = [str(each.draft.external_id) for each in insights]
        return Telling(
            draft=self.draft(
                "decision",
                self.thing,
                content,
                ended_at or pull["created_at"],
                tags=[*islice(filter(None, tags), TAGS)],
            ),
            owner=pull["by"],
            evidence=evidence[-EVIDENCE:],
            supersedes=self.replaced(body),
        )

    def reviews(self) -> Iterator[Telling]:
        """Tell what was said of the whole, where that says something."""
        for key, review in self._sorted("review:"):
            text = markdown.without_comments(review["body"])
            if says_something(text):
                yield self.insight(key, text, review)

    def threads(self) -> Iterator[Telling]:
        """Tell what was said of some lines, where they changed or it was resolved."""
        threads: dict[int, list[Mapping[str, Any]]] = {}
        for _, comment in self._sorted("comment:"):
            threads.setdefault(comment["first"], []).append(comment)
        for first, comments in threads.items():
            thread = self.parts.get(f"thread:{first}")
            is_over = thread is not None and thread["is_resolved"]
            if not is_over and not comments[0]["is_outdated"]:
                continue
            said = [
                (each, markdown.without_comments(each["body"])) for each in comments
            ]
            if not any(says_something(text) for _, text in said):
                continue
            (begun, text), *replies = said
            lines = [f"{begun['path']}: {text}" if begun["path"] else text]
            lines += [f"{self.author(each)}: {text}" for each, text in replies if text]
            yield self.insight(f"thread:{first}", "\n\n".join(lines), begun)

    def insight(self, key: str, text: str, part: Mapping[str, Any]) -> Telling:
        """Tell one thing that a reviewer said, resting on the decision."""
        content = {
            "insight": fitting(text),
            "category": "code review",
            "topics": [self.repository],
            "url": part["url"],
        }
        return Telling(
            draft=self.draft("insight", f"{self.thing}:{key}", content, part["at"]),
            owner=part["by"],
            evidence=[self.thing],
        )

    def draft(
        self,
        type_: str,
        external_id: str,
        content: Mapping[str, Any],
        at: str,
        *,
        tags: Sequence[str] = (),
    ) -> Draft:
        """Return a draft of what is said in a content."""
        return Draft(
            type=type_,
            source="github",
            external_id=external_id,
            content={key: value for key, value in content.items() if value},
            tags=list(tags),
            occurred_at=datetime.fromisoformat(at),
        )

    @property
    def status(self) -> str:
        """How far the decision has come."""
        if self.pull["merged_at"]:
            return "accepted"
        return "rejected" if self.pull["is_closed"] else "proposed"

    def decided_by(self) -> Iterator[str]:
        """Return who merged it, and who approved of it at last."""
        if not self.pull["merged_at"]:
            return
        last = {
            review["by"]: review["state"]
            for _, review in self._sorted("review:")
            if review["by"] and review["state"] in _VERDICTS
        }
        approving = [login for login, state in last.items() if state == "approved"]
        merger = self.parts.get("merger")
        logins = ([merger["by"]] if merger else []) + approving
        yield from dict.fromkeys(self.name(login) for login in logins)

    def replaced(self, body: str) -> str | None:
        """Return what it takes the place of, which it does when it is merged."""
        if not self.pull["merged_at"]:
            return None
        other = markdown.replaced(body, repository=self.repository)
        return None if other == self.thing else other

    def author(self, part: Mapping[str, Any]) -> str:
        """Return who wrote something; whose account was deleted is GitHub's ghost."""
        return self.name(part["by"]) if part["by"] else "ghost"

    def name(self, login: str) -> str:
        """Return somebody's name; who has said none goes by their login."""
        known = self.directory.get(login)
        return known.name if known and known.name else login

    def _sorted(self, prefix: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the parts of a kind, the oldest first."""
        found = [each for each in self.parts.items() if each[0].startswith(prefix)]
        return sorted(found, key=lambda each: (each[1]["at"], each[0]))


def says_something(text: str) -> bool:
    """Say whether somebody learns anything by a remark."""
    return not _SAYS_NOTHING.fullmatch(text.strip().rstrip("!. \t"))
