"""What the material files hold, and the memory that each scene leaves behind."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from memories.schemas.base import Content, Strict
from memories.schemas.draft import Draft
from memories.schemas.registry import registry

MATERIAL = Path(__file__).parent / "material"

type Ids = Mapping[str, UUID]
"""The ids of what has been stored, by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One memory of the corpus: known by its key, and referring to others by theirs."""

    key: str
    type: str
    source: str
    occurred_at: datetime
    content: Mapping[str, Any]
    title: str | None = None
    supersedes: str | None = None
    evidence: tuple[str, ...] = ()
    tags: tuple[str, ...] = field(default=())

    @property
    def refers_to(self) -> frozenset[str]:
        """The keys of the memories that must be stored before this one."""
        return frozenset((*self.evidence, *filter(None, [self.supersedes])))

    def draft(self, ids: Ids, *, owner: str) -> Draft:
        """Return the draft to store, given the ids of what it refers to."""
        content = {name: said for name, said in self.content.items() if said}
        if self.supersedes:
            content["supersedes"] = str(ids[self.supersedes])
        if self.evidence:
            content["evidence"] = [str(ids[key]) for key in self.evidence]
        return Draft(
            type=self.type,
            content=content,
            title=self.title,
            tags=list(self.tags),
            source=self.source,
            external_id=self.key,
            occurred_at=self.occurred_at,
            owner=owner,
        )

    def read_content(self) -> Content:
        """Return the content as its schema reads it, without references."""
        said = {name: value for name, value in self.content.items() if value}
        return registry().latest(self.type).parse(said)

    def text(self) -> str:
        """Return everything that search may find this memory by."""
        content = self.read_content()
        title = self.title or content.default_title()
        return "\n".join((title, content.search_text(), *self.tags))


class Scene(Strict):
    """What all scenes written by hand say of themselves."""

    key: str
    at: datetime
    source: str
    title: str | None = None
    customer: str | None = None
    topics: tuple[str, ...] = ()


class ThreadScene(Scene):
    """Messages that answer each other: each line is `who: text`."""

    source: str = "slack"
    channel: str
    lines: str


class EventScene(Scene):
    """Something that happened."""

    event_type: str
    summary: str
    severity: Literal["info", "warning", "critical"] = "info"
    people: tuple[str, ...] = ()
    minutes: int = 0


class InsightScene(Scene):
    """Something that was learned."""

    insight: str
    category: str
    confidence: float
    recommendations: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class DecisionScene(Scene):
    """Something that was decided, or put up for decision."""

    decision: str
    status: Literal["proposed", "accepted", "rejected", "superseded"]
    rationale: str
    alternatives: tuple[str, ...] = ()
    decided_by: tuple[str, ...]
    priority: Literal["low", "medium", "high", "urgent"] = "medium"
    supersedes: str | None = None
    evidence: tuple[str, ...] = ()


class Scenes(Strict):
    """One file of scenes written by hand."""

    thread: tuple[ThreadScene, ...] = ()
    event: tuple[EventScene, ...] = ()
    insight: tuple[InsightScene, ...] = ()
    decision: tuple[DecisionScene, ...] = ()


class Cast(Strict):
    """Who is who: colleagues by key, teams of them, and customers' contacts."""

    people: dict[str, str]
    teams: dict[str, tuple[str, ...]]
    away: dict[str, tuple[date, date]]
    customers: dict[str, tuple[str, ...]]
    joined: dict[str, date]
    left: dict[str, date]
    carriers: tuple[str, ...]
    repositories: tuple[str, ...]

    def name(self, who: str) -> str:
        """Return a colleague's full name; a contact is written out already."""
        return self.people.get(who, who)


@cache
def the_cast() -> Cast:
    """Return the cast, as cast.toml lists it."""
    return Cast.model_validate(
        tomllib.loads((MATERIAL / "cast.toml").read_text(encoding="utf-8"))
    )


def by_hand() -> Iterator[Told]:
    """Return what every scene written by hand leaves behind."""
    for path in sorted((MATERIAL / "scenes").glob("*.toml")):
        scenes = Scenes.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        for thread in scenes.thread:
            yield from conversation(
                key=thread.key,
                source=thread.source,
                channel=thread.channel,
                at=thread.at.replace(tzinfo=UTC),
                lines=thread.lines.strip().splitlines(),
                topics=thread.topics,
            )
        yield from map(_event, scenes.event)
        yield from map(_insight, scenes.insight)
        yield from map(_decision, scenes.decision)


def conversation(
    *,
    key: str,
    source: str,
    channel: str,
    at: datetime,
    lines: list[str],
    topics: tuple[str, ...] = (),
) -> Iterator[Told]:
    """Return one chat for each line, `who: text`; its key is the thread's, numbered."""
    minutes = 0
    for number, line in enumerate(lines, start=1):
        who, _, said = line.partition(": ")
        yield Told(
            key=f"{key}/{number}",
            type="chat",
            source=source,
            occurred_at=at + timedelta(minutes=minutes),
            content={
                "message": said.strip(),
                "author": the_cast().people[who],
                "channel": channel,
                "session_id": f"{source}:{key}",
                "topics": list(topics),
            },
        )
        minutes += 1 + len(said) % 7


def _event(scene: EventScene) -> Told:
    return _told(
        scene,
        "event",
        {
            "event_type": scene.event_type,
            "summary": scene.summary,
            "severity": scene.severity,
            "participants": [the_cast().name(who) for who in scene.people],
            "duration_seconds": scene.minutes * 60,
        },
    )


def _insight(scene: InsightScene) -> Told:
    content = {
        "insight": scene.insight,
        "category": scene.category,
        "confidence": scene.confidence,
        "recommendations": list(scene.recommendations),
    }
    return _told(scene, "insight", content, evidence=scene.evidence)


def _decision(scene: DecisionScene) -> Told:
    decided = scene.status != "proposed"
    return _told(
        scene,
        "decision",
        {
            "decision": scene.decision,
            "status": scene.status,
            "rationale": scene.rationale,
            "alternatives": list(scene.alternatives),
            "decided_by": [the_cast().name(who) for who in scene.decided_by],
            "decided_at": scene.at.isoformat() if decided else None,
            "priority": scene.priority,
        },
        supersedes=scene.supersedes,
        evidence=scene.evidence,
    )


def _told(
    scene: Scene,
    type_: str,
    content: Mapping[str, Any],
    *,
    supersedes: str | None = None,
    evidence: tuple[str, ...] = (),
) -> Told:
    return Told(
        key=scene.key,
        type=type_,
        source=scene.source,
        occurred_at=scene.at.replace(tzinfo=UTC),
        title=scene.title,
        content={
            **content,
            "customer": scene.customer,
            "topics": list(scene.topics),
        },
        supersedes=supersedes,
        evidence=evidence,
    )
