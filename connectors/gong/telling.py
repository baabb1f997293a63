"""From the state of a call to its memories: that it was, and what it warns of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from connectors.actions import due_date
from connectors.base import Directory, Telling
from connectors.gong.customers import customer_at
from connectors.gong.rules import GongRules
from connectors.gong.sentiment import sentiment_of
from connectors.wording import fitting
from memories.schemas.base import ActionItem
from memories.schemas.draft import Draft

PEOPLE, TOPICS, ACTIONS = 30, 30, 30
"""How many of each a memory names."""
NAMED = 5
"""How many of each a sentence names."""
NAME_BYTES, ITEM_BYTES, URL_BYTES = 100, 300, 1000
TAG = 64
"""How many letters a tag may have."""
ENGLISH = {"eng", "en"}
"""What sentiment can be judged in."""
CLEAR = 0.05
"""From where on a sentiment is a good or a bad one, as VADER's authors have it."""


def tell(
    thing: str,
    parts: Mapping[str, Mapping[str, Any]],
    directory: Directory,
    rules: GongRules,
) -> Sequence[Telling]:
    """Tell a call, and the insight that it is by the rules."""
    state = parts.get("call")
    if state is None:
        return []
    telling = _Telling(state)
    insight = telling.insight(rules)
    return [telling.event(), *([insight] if insight else [])]


class _Telling:
    """What the memories of one call share."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.state = state
        self.at = datetime.fromisoformat(state["at"]) if state["at"] else None
        self.ours, self.theirs = _names(state["ours"]), _names(state["theirs"])
        topics = _names([*state["topics"], *state["trackers"]])
        self.topics = list(dict.fromkeys(topics))[:TOPICS]
        domains = filter(None, map(customer_at, state["domains"]))
        customer = state["account"] or next(domains, "")
        self.customer = fitting(customer, limit=NAME_BYTES)

    def event(self) -> Telling:
        """Tell that the call was."""
        content = {
            "event_type": "call",
            "summary": fitting(self.summary),
            "customer": self.customer,
            "participants": [*self.ours, *self.theirs][:PEOPLE],
            "sentiment": self.sentiment,
            "topics": self.topics,
            "duration_seconds": self.seconds,
            "url": self.url,
            "action_items": self.actions(),
        }
        return self.telling("event", self.state["id"], content)

    def insight(self, rules: GongRules) -> Telling | None:
        """Tell what a call warns of, where a tracker or its sentiment does."""
        heard = {
            tracker: count
            for tracker, count in self.state["trackers"].items()
            if rules.watch(tracker, mentions=count)
        }
        warnings = []
        if heard:
            heard_of = [f"{name} ({_times(heard[name])})" for name in heard]
            warnings.append(f"In {self.reference} was heard: {_listed(heard_of)}.")
        if self.sentiment is not None and self.sentiment < rules.sentiment_below:
            figure = f"{self.sentiment:+.2f}"
            warnings.append(f"A negative tone ({figure}) in {self.reference}.")
        if not warnings:
            return None
        content = {
            "insight": fitting(" ".join(warnings)),
            "category": "customer risk",
            "customer": self.customer,
            "topics": _names(heard)[:TOPICS] or self.topics,
            "url": self.url,
        }
        id_ = self.state["id"]
        return self.telling("insight", f"{id_}:insight", content, evidence=[id_])

    def telling(
        self,
        type_: str,
        external_id: str,
        content: Mapping[str, Any],
        *,
        evidence: Sequence[str] = (),
    ) -> Telling:
        """Return a draft of what is said in a content, and whose it is."""
        derived = {
            "sentiment": self.sentiment is not None,
            "customer": bool(self.customer) and not self.state["account"],
        }
        draft = Draft(
            type=type_,
            source="gong",
            external_id=external_id,
            content={key: value for key, value in content.items() if _says(value)},
            metadata={key: "derived" for key, is_so in derived.items() if is_so},
            tags=self.tags(),
            occurred_at=self.at,
        )
        return Telling(draft=draft, owner=self.state["owner"], evidence=evidence)

    def tags(self) -> list[str]:
        """Return what a call is found by: customer, sentiment, topics and trackers."""
        tags = [f"customer:{self.customer}"] if self.customer else []
        if self.sentiment is not None:
            tags.append(f"sentiment:{_tone(self.sentiment)}")
        return [tag[:TAG].strip() for tag in (*tags, *self.topics)]

    def actions(self) -> list[dict[str, Any]]:
        """Return what is to be done, and by whom where Gong tells."""
        items = [
            ActionItem(
                text=fitting(each["text"], limit=ITEM_BYTES),
                assignee=fitting(each["by"], limit=NAME_BYTES) or None,
                due_date=due_date(each["text"], at=self.at) if self.at else None,
            )
            for each in self.state["actions"][:ACTIONS]
        ]
        return [item.model_dump(mode="json", exclude_none=True) for item in items]

    @cached_property
    def sentiment(self) -> float | None:
        """How the call sounds, by what is written of it; None if not in English."""
        language, _, _ = (self.state["language"] or "eng").lower().partition("-")
        if language not in ENGLISH:
            return None
        state = self.state
        texts = [state["title"], state["brief"], *state["points"], *state["phrases"]]
        return sentiment_of("\n".join(texts))

    @property
    def seconds(self) -> int | None:
        """How long it took."""
        seconds = self.state["seconds"]
        return None if seconds is None else round(seconds)

    @property
    def url(self) -> str | None:
        """Where it can be listened to."""
        url: str | None = self.state["url"]
        return url if url and len(url.encode()) <= URL_BYTES else None

    @property
    def title(self) -> str:
        """What it goes by."""
        with_whom = f" with {self.customer}" if self.customer else ""
        return fitting(self.state["title"], limit=ITEM_BYTES) or f"Call{with_whom}"

    @property
    def reference(self) -> str:
        """The call in a sentence."""
        title = self.title
        if not self.customer or self.customer.lower() in title.lower():
            return f"the call “{title}”"
        return f"the call “{title}” with {self.customer}"

    @property
    def summary(self) -> str:
        """What a person would write of it: the title, who with whom, what was said."""
        points = "\n".join(f"- {each}" for each in self.state["points"])
        paragraphs = (self.title, self.circumstances, self.state["brief"], points)
        return "\n\n".join(filter(None, paragraphs))

    @property
    def circumstances(self) -> str:
        """Who with whom, how long and about what, as a sentence."""
        theirs = _listed(self.theirs)
        if self.customer:
            theirs = f"{theirs} of {self.customer}" if theirs else self.customer
        who = " with ".join(filter(None, (_listed(self.ours), theirs)))
        long = _minutes(self.seconds) if self.seconds else ""
        about = f"about {_listed(self.topics)}" if self.topics else ""
        said = ", ".join(filter(None, (who, long, about)))
        return f"{said[0].upper()}{said[1:]}." if said else ""


def _says(value: object) -> bool:
    """Say whether a field has something in it; a zero is something."""
    return value not in (None, "", [])


def _names(names: Iterable[str]) -> list[str]:
    return [fitting(name, limit=NAME_BYTES) for name in names if name.strip()]


def _listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _minutes(seconds: int) -> str:
    minutes = max(1, round(seconds / 60))
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _tone(sentiment: float) -> str:
    if abs(sentiment) < CLEAR:
        return "neutral"
    return "positive" if sentiment > 0 else "negative"
