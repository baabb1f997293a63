"""What the material files may hold: scenes, written by hand, to be told once or often.

A scene with a `back` happens so many working days before today and belongs to a story;
one without happens on any days of the year.
"""

import tomllib
from collections.abc import Iterable
from datetime import time
from pathlib import Path
from typing import Literal, Self

from memories.demo.cast import MATERIAL
from memories.schemas.base import Strict

ANY_CUSTOMER = "any"

type Source = Literal["slack", "gong", "github", "linear", "api", "admin"]


class Scene(Strict):
    """What the scenes of all kinds say of themselves."""

    key: str = ""
    back: int | None = None
    at: time | None = None
    source: Source
    customer: str = ""
    """A customer's key, `any`, or nothing."""
    owner: str = ""
    """The owner's key; where nothing is said it follows from who speaks."""
    title: str = ""
    topics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sentiment: float | None = None
    most: int | None = None
    """How often it is told at most."""
    phase: float | None = None
    """Where in its part of the year it happens, from 0 to 1; anywhere if not said."""
    course: str = ""
    """Scenes of one course meet the same customers in the same order."""
    url: str = ""

    @property
    def memories(self) -> int:
        """How many memories one telling makes."""
        return 1


class ThreadScene(Scene):
    """Messages that answer each other: each line is `who: text`."""

    source: Source = "slack"
    channel: str
    cast: tuple[str, ...] = ()
    """Teams, people or `csm`; they speak as a, b, c."""
    lines: tuple[str, ...]
    pace: int = 9
    """The longest usual pause between two lines, in minutes."""
    action_items: tuple[str, ...] = ()

    @property
    def memories(self) -> int:
        """How many memories one telling makes."""
        return len(self.lines)


class AskScene(Scene):
    """A question and its answer, kept as one."""

    source: Source = "slack"
    channel: str = "#ask-anything"
    who: str
    by: str
    question: str
    answer: str


class EventScene(Scene):
    """Something that happened."""

    event_type: str
    summary: str
    severity: Literal["info", "warning", "critical"] = "info"
    participants: tuple[str, ...] = ()
    minutes: int | None = None
    action_items: tuple[str, ...] = ()


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
    status: Literal["proposed", "accepted", "rejected", "superseded"] = "accepted"
    rationale: str = ""
    alternatives: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()
    priority: Literal["low", "medium", "high", "urgent"] = "medium"
    due: int | None = None
    """Calendar days from the decision."""
    supersedes: str | None = None
    evidence: tuple[str, ...] = ()
    action_items: tuple[str, ...] = ()


class PullScene(Scene):
    """A pull request: a decision about the code, with its review."""

    source: Source = "github"
    repo: Literal["dispatch", "mobile", "portal", "infra"]
    author: str
    title: str
    why: str
    status: Literal["proposed", "accepted", "rejected"] = "accepted"
    review: tuple[str, ...] = ()

    @property
    def memories(self) -> int:
        """How many memories one telling makes."""
        return 1 + len(self.review)


class ProjectScene(Scene):
    """A project and its updates: each is `health: text`."""

    source: Source = "linear"
    name: str
    lead: str
    every: int = 5
    """Working days between two updates."""
    updates: tuple[str, ...]

    @property
    def memories(self) -> int:
        """How many memories one telling makes."""
        return len(self.updates)


class Remarks(Strict):
    """Sentences that retrospectives and release notes are put together from."""

    goals: tuple[str, ...] = ()
    went_well: tuple[str, ...] = ()
    went_badly: tuple[str, ...] = ()
    to_try: tuple[str, ...] = ()
    release_notes: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()


class Material(Strict):
    """One file, or several put together."""

    days: dict[str, int] = {}
    """Days that the sentences name, as working days before today."""
    issues: dict[str, int] = {}
    """Issues that the sentences name, by when they were opened."""
    words: dict[str, tuple[str, ...]] = {}
    """Words that the sentences take one of, by name."""
    turns: dict[str, tuple[str, ...]] = {}
    """Words that are taken one after the other, as a scene is told again."""
    thread: tuple[ThreadScene, ...] = ()
    ask: tuple[AskScene, ...] = ()
    event: tuple[EventScene, ...] = ()
    insight: tuple[InsightScene, ...] = ()
    decision: tuple[DecisionScene, ...] = ()
    pull: tuple[PullScene, ...] = ()
    project: tuple[ProjectScene, ...] = ()
    remarks: Remarks = Remarks()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one file, and name the scenes that have no key of their own."""
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        for kind, scenes in raw.items():
            if isinstance(scenes, list):
                for number, scene in enumerate(scenes, start=1):
                    scene.setdefault("key", f"{path.stem}-{kind}-{number}")
        return cls.model_validate(raw)


def stories() -> list[Material]:
    """Return the stories, one file each."""
    return _read((MATERIAL / "stories").glob("*.toml"))


def everyday() -> list[Material]:
    """Return what the company's days are made of."""
    return _read((MATERIAL / "everyday").glob("*.toml"))


def _read(paths: Iterable[Path]) -> list[Material]:
    return [Material.read(path) for path in sorted(paths)]
