"""Telling a scene: what is written becomes sketches of memories."""

import re
from collections.abc import Mapping
from typing import Any

from memories.demo import days
from memories.demo.scenes import (
    AskScene,
    DecisionScene,
    EventScene,
    InsightScene,
    Scene,
    ThreadScene,
)
from memories.demo.sketch import Sketch
from memories.demo.stage import Occasion, Stage, World

_LINE = re.compile(r"(?P<who>\w+)(?: (?P<mood>-?\d\.\d+))?: (?P<text>.+)", re.DOTALL)
_BOTS = {"monitor": "Monitoring", "releases": "Release notes"}

type Names = Mapping[str, str]


def tell(occasion: Occasion, world: World, named: Names) -> list[Sketch]:
    """Return the memories that one telling of a scene leaves behind."""
    scene = occasion.scene
    match scene:
        case ThreadScene():
            stage = Stage(occasion, world, named=named, teams=scene.cast)
            return conversation(stage, scene, scene.lines, pace=scene.pace)
        case AskScene():
            stage = Stage(occasion, world, named=named, teams=(scene.who, scene.by))
            return [_question(stage, scene)]
    stage = Stage(occasion, world, named=named)
    match scene:
        case EventScene():
            return [_event(stage, scene)]
        case InsightScene():
            return [_insight(stage, scene)]
        case DecisionScene():
            return [_decision(stage, scene)]
        case _:
            msg = f"{scene.key}: a {type(scene).__name__} is not told by itself"
            raise TypeError(msg)


def conversation(
    stage: Stage,
    scene: Scene,
    lines: tuple[str, ...],
    *,
    channel: str = "",
    pace: int = 9,
    minutes: int = 0,
) -> list[Sketch]:
    """Return one chat for each line; a line's key is the scene's, numbered."""
    channel = channel or getattr(scene, "channel", "")
    spoken = [_spoken(stage, line) for line in lines]
    everyone = list(dict.fromkeys(_author(stage, line["who"]) for line in spoken))
    told: list[Sketch] = []
    for number, line in enumerate(spoken, start=1):
        feeling = float(line["mood"]) if line["mood"] else None
        content: dict[str, Any] = {
            "message": stage.say(line["text"]),
            "author": _author(stage, line["who"]),
            "channel": channel,
            "session_id": f"{scene.source}:{stage.key}",
            "participants": everyone,
            "sentiment": feeling
            if feeling is not None
            else stage.mood(scene.sentiment, spread=0.2),
            "topics": stage.topics,
            "url": _url(stage, scene, channel, minutes),
        }
        if number == len(lines):
            items = getattr(scene, "action_items", ())
            content["action_items"] = stage.action_items(items)
        told.append(
            Sketch(
                key=stage.key if number == 1 else f"{stage.key}/{number}",
                type="chat",
                source=scene.source,
                occurred_at=stage.later(minutes),
                content=content,
                owner=stage.owner(line["who"]),
                tags=stage.tags,
                metadata=_metadata(stage),
            )
        )
        minutes += _pause(stage, pace)
    return told


def _spoken(stage: Stage, line: str) -> re.Match[str]:
    spoken = _LINE.fullmatch(line)
    if not spoken:
        msg = f"{stage.key}: {line!r} is not `who: text`"
        raise ValueError(msg)
    if not stage.person(spoken["who"]) and spoken["who"] not in _BOTS:
        msg = f"{stage.key}: nobody is called {spoken['who']!r}"
        raise LookupError(msg)
    return spoken


def _author(stage: Stage, who: str) -> str:
    return _BOTS.get(who) or stage.name(who)


def _pause(stage: Stage, pace: int) -> int:
    if pace > 5 and stage.rng.random() < 0.12:
        return stage.rng.randint(20, 55)
    return stage.rng.randint(1, pace)


def _question(stage: Stage, scene: AskScene) -> Sketch:
    return Sketch(
        key=stage.key,
        type="chat",
        source=scene.source,
        occurred_at=stage.later(0),
        content={
            "message": stage.say(scene.question),
            "response": stage.say(scene.answer),
            "author": stage.name("a"),
            "participants": [stage.name("a"), stage.name("b")],
            "channel": scene.channel,
            "session_id": f"{scene.source}:{stage.key}",
            "topics": stage.topics,
            "url": _url(stage, scene, scene.channel, 0),
        },
        owner=stage.owner("a"),
        tags=stage.tags,
        metadata=_metadata(stage),
    )


def _event(stage: Stage, scene: EventScene) -> Sketch:
    minutes = scene.minutes
    if minutes is None and scene.source == "gong":
        minutes = stage.rng.randint(18, 58)
    seconds = minutes * 60 + stage.rng.randrange(60) if minutes is not None else None
    return _sketch(
        stage,
        scene,
        "event",
        {
            "event_type": scene.event_type,
            "summary": stage.say(scene.summary),
            "severity": scene.severity,
            "customer": stage.customer_name,
            "participants": stage.participants(scene.participants),
            "sentiment": _felt(stage, scene),
            "topics": stage.topics,
            "duration_seconds": seconds,
            "url": _url(stage, scene, "", 0),
            "action_items": stage.action_items(scene.action_items),
        },
    )


def _insight(stage: Stage, scene: InsightScene) -> Sketch:
    return _sketch(
        stage,
        scene,
        "insight",
        {
            "insight": stage.say(scene.insight),
            "category": scene.category,
            "confidence": scene.confidence,
            "customer": stage.customer_name,
            "recommendations": [stage.tell(each) for each in scene.recommendations],
            "topics": stage.topics,
            "url": stage.tell(scene.url),
        },
        evidence=scene.evidence,
    )


def _decision(stage: Stage, scene: DecisionScene) -> Sketch:
    due = days.workday_from(stage.day, scene.due) if scene.due is not None else None
    decided = scene.status != "proposed"
    return _sketch(
        stage,
        scene,
        "decision",
        {
            "decision": stage.say(scene.decision),
            "status": scene.status,
            "rationale": stage.say(scene.rationale),
            "alternatives": [stage.tell(each) for each in scene.alternatives],
            "decided_by": [stage.name(who) for who in scene.decided_by],
            "decided_at": stage.begins.isoformat() if decided else None,
            "due_date": due.isoformat() if due else None,
            "priority": scene.priority,
            "customer": stage.customer_name,
            "topics": stage.topics,
            "url": stage.tell(scene.url),
            "action_items": stage.action_items(scene.action_items),
        },
        supersedes=scene.supersedes,
        evidence=scene.evidence,
    )


def _sketch(
    stage: Stage,
    scene: Scene,
    type_: str,
    content: Mapping[str, Any],
    *,
    supersedes: str | None = None,
    evidence: tuple[str, ...] = (),
) -> Sketch:
    decided_by = getattr(scene, "decided_by", ())
    return Sketch(
        key=stage.key,
        type=type_,
        source=scene.source,
        occurred_at=stage.begins,
        content=content,
        title=stage.tell(scene.title) or None,
        owner=stage.owner(scene.owner or (decided_by[0] if decided_by else "csm")),
        tags=stage.tags,
        metadata=_metadata(stage),
        supersedes=supersedes,
        evidence=evidence,
    )


def _felt(stage: Stage, scene: Scene) -> float | None:
    """A story says exactly what was felt; the everyday varies."""
    return scene.sentiment if scene.back else stage.mood(scene.sentiment)


def _metadata(stage: Stage) -> dict[str, Any]:
    return {"customer": stage.customer_name} if stage.customer else {}


def _url(stage: Stage, scene: Scene, channel: str, minutes: int) -> str | None:
    number = stage.begins.toordinal() * 1000 + stage.rng.randrange(1000)
    match scene.source:
        case _ if scene.url:
            return stage.tell(scene.url)
        case "slack" if channel:
            stamp = int(stage.begins.timestamp()) + minutes * 60
            return f"https://demo-slack.test/archives/{channel[1:]}/p{stamp}"
        case "gong":
            return f"https://gong.demo.test/call?id={number}"
        case "github" if "#" in channel:
            repository, _, pull = channel.partition("#")
            return f"https://github.demo.test/demo/{repository}/pull/{pull}"
        case _:
            return None
