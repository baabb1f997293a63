"""The prompts: what people ask of the company's memory again and again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mcp_types import (
    GetPromptResult,
    Prompt,
    PromptArgument,
    PromptMessage,
    TextContent,
)

from accounts.actor import Actor
from mcp_server import errors
from mcp_server.records import hits
from mcp_server.wrapping import wrapped
from memories import drafting, mediator
from memories.errors import Fault, InvalidError
from memories.schemas.search import SearchRequest

WEEK = timedelta(days=7)

type Search = Callable[[Mapping[str, str], datetime], Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubPrompt:
    """A prompt: what is asked of a model, and the memories that it is given for it."""

    name: str
    title: str
    description: str
    task: str
    search: Search
    arguments: Mapping[str, str]

    def listed(self) -> Prompt:
        """Return it as the protocol lists it."""
        return Prompt(
            name=self.name,
            title=self.title,
            description=self.description,
            arguments=[
                PromptArgument(name=name, description=description, required=True)
                for name, description in self.arguments.items()
            ],
        )

    def get(
        self, actor: Actor, given: Mapping[str, str], now: datetime
    ) -> GetPromptResult:
        """Return the task with what the hub remembers for it.

        Raises:
            InvalidError: an argument is missing, or is none of the prompt's.
        """
        self._check(given)
        asked = drafting.read(SearchRequest, self.search(given, now))
        page = mediator.search(actor=actor, request=asked, now=now)
        found = hits(page.results, actor=actor, now=now)
        shown = wrapped(hit.lines() for hit in found)
        parts = (
            self.task.format(**given),
            _HOW,
            shown or "The hub remembers nothing for this that you may see.",
        )
        message = PromptMessage(
            role="user", content=TextContent(text="\n\n".join(parts))
        )
        return GetPromptResult(description=self.description, messages=[message])

    def _check(self, given: Mapping[str, str]) -> None:
        missing = [name for name in self.arguments if not given.get(name, "").strip()]
        unknown = sorted(given.keys() - self.arguments.keys())
        faults = [Fault(f"/{name}", "is required") for name in missing]
        faults += [
            Fault(f"/{name}", "is no argument of this prompt") for name in unknown
        ]
        if faults:
            raise InvalidError(faults)


_HOW = (
    "Use only what stands below and what memory_search finds. Name the id behind each "
    "statement. What is DISPUTED or SUPERSEDED does not hold: say so where it matters. "
    "Where the memories say nothing, say that."
)


def _of_customer(given: Mapping[str, str], _: datetime) -> Mapping[str, object]:
    return {"customer": given["customer"], "sort": "newest", "limit": 20}


def _of_topic(given: Mapping[str, str], _: datetime) -> Mapping[str, object]:
    return {"query": given["topic"], "types": ["decision"], "limit": 20}


def _of_week(_: Mapping[str, str], now: datetime) -> Mapping[str, object]:
    types = ["decision", "event", "insight"]
    return {"types": types, "from": now - WEEK, "sort": "newest", "limit": 30}


PROMPTS: Mapping[str, HubPrompt] = {
    prompt.name: prompt
    for prompt in (
        HubPrompt(
            name="prepare_for_meeting",
            title="Prepare for a meeting",
            description="What to know before a meeting with a customer.",
            task=(
                "Prepare me for a meeting with {customer}. Say where things stand, "
                "what we promised and whether it was kept, what they are worried "
                "about, and what to ask or to avoid. Half a page."
            ),
            search=_of_customer,
            arguments={"customer": "the customer's name, such as Acme Corp"},
        ),
        HubPrompt(
            name="decision_log",
            title="The decisions on a topic",
            description="What was decided on a topic, when, by whom and why.",
            task=(
                "Write the log of the decisions on {topic}: the newest first, each "
                "with its date, who decided, the reasons, and what it replaced."
            ),
            search=_of_topic,
            arguments={"topic": "what the decisions are about, such as pricing"},
        ),
        HubPrompt(
            name="weekly_digest",
            title="The week's digest",
            description="What was decided, learned and what happened in seven days.",
            task=(
                "Write the digest of the last seven days: what was decided, what was "
                "learned, what happened, and what needs somebody's attention."
            ),
            search=_of_week,
            arguments={},
        ),
    )
}


def get(
    actor: Actor, name: str, given: Mapping[str, str], now: datetime
) -> GetPromptResult:
    """Return a prompt.

    Raises:
        HubError: as `HubPrompt.get`.
        MCPError: there is none of this name.
    """
    if name not in PROMPTS:
        errors.unknown("prompt", name, PROMPTS)
    return PROMPTS[name].get(actor, given, now)
