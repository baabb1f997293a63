"""The whole year of the demo company, as sketches in the order of their days."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, count

from memories.demo import days, pulls, sprints, telling
from memories.demo.cast import the_cast
from memories.demo.scenes import (
    Material,
    ProjectScene,
    PullScene,
    Scene,
    everyday,
    stories,
)
from memories.demo.sketch import Sketch
from memories.demo.stage import Occasion, World, dice
from memories.demo.telling import Names

WANTED: Mapping[str, int] = {
    "chat": 1250,
    "event": 400,
    "insight": 150,
    "decision": 200,
}
"""About how many memories there are of each type."""

_CALLS_BEHIND_AN_INSIGHT = 2
_LEEWAY = 0.15


def year(today: date) -> list[Sketch]:
    """Return a year's memories, the oldest first; the same day gives the same ones."""
    tales, common = stories(), everyday()
    in_tales = [(occasion, tale) for tale in tales for occasion in _dated(tale)]
    undated = list(
        _on_any_day(chain(*((*each.pull, *each.project) for each in common)))
    )
    world = World(
        today=today,
        cast=the_cast(),
        words={name: said for each in common for name, said in each.words.items()},
        turns={name: said for each in common for name, said in each.turns.items()},
        numbers=pulls.numbers((*(occasion for occasion, _ in in_tales), *undated)),
    )
    told = [
        sketch
        for occasion, tale in in_tales
        for sketch in _tell(occasion, world, _names(tale, today))
    ]
    for occasion in undated:
        told += _tell(occasion, world, {})
    for remarks in (each.remarks for each in common if each.remarks.goals):
        told += sprints.retrospectives(remarks, world)
        told += sprints.releases(remarks, world)
    told += _rest(common, world, Counter(sketch.type for sketch in told))
    return sorted(_with_evidence(told), key=lambda each: (each.occurred_at, each.key))


def _dated(tale: Material) -> Iterator[Occasion]:
    scenes: Iterable[Scene] = (
        *tale.thread,
        *tale.ask,
        *tale.event,
        *tale.insight,
        *tale.decision,
        *tale.pull,
        *tale.project,
    )
    for scene in scenes:
        if scene.back is None:
            msg = f"{scene.key} is part of a story and needs a `back`"
            raise ValueError(msg)
        yield Occasion(scene=scene, back=scene.back)


def _names(tale: Material, today: date) -> Names:
    """Return what the sentences of a story may name: its days and issues."""
    named = {
        name: days.spoken(days.workday(today, back)) for name, back in tale.days.items()
    }
    return named | {
        name: f"ENG-{days.issue(back)}" for name, back in tale.issues.items()
    }


def _tell(occasion: Occasion, world: World, named: Names) -> list[Sketch]:
    match occasion.scene:
        case PullScene():
            return pulls.tell(occasion, world, named)
        case ProjectScene():
            return sprints.project_updates(occasion, world, named)
        case _:
            return telling.tell(occasion, world, named)


def _rest(
    common: Sequence[Material], world: World, so_far: Mapping[str, int]
) -> list[Sketch]:
    """Tell the everyday scenes in turn until there are enough of each type."""
    kinds: Mapping[str, list[Scene]] = {
        "chat": [scene for each in common for scene in (*each.thread, *each.ask)],
        "event": [scene for each in common for scene in each.event],
        "insight": [scene for each in common for scene in each.insight],
        "decision": [scene for each in common for scene in each.decision],
    }
    return [
        sketch
        for type_, scenes in kinds.items()
        for occasion in _in_turn(scenes, WANTED[type_] - so_far.get(type_, 0))
        for sketch in _tell(occasion, world, {})
    ]


def _in_turn(scenes: Sequence[Scene], wanted: int) -> Iterator[Occasion]:
    order = dice("turns", len(scenes)).sample(scenes, len(scenes))
    turns: list[tuple[Scene, int]] = []
    for use in count():
        again = [scene for scene in order if scene.most is None or use < scene.most]
        for scene in again:
            if wanted <= 0:
                break
            turns.append((scene, use))
            wanted -= scene.memories
        if wanted <= 0 or not again:
            break
    uses = Counter(scene.key for scene, _ in turns)
    for scene, use in turns:
        yield Occasion(scene=scene, use=use, back=_back(scene, use, uses[scene.key]))


def _on_any_day(scenes: Iterable[Scene]) -> Iterator[Occasion]:
    for scene in scenes:
        yield Occasion(
            scene=scene, back=_back(scene, 0, 1) if scene.back is None else scene.back
        )


def _back(scene: Scene, use: int, uses: int) -> int:
    """Return a day for one of a scene's uses: each has its own part of the year."""
    chance = dice(scene.key, "day", use).random()
    phase = chance if scene.phase is None else scene.phase + _LEEWAY * chance
    return days.YEAR - int((use + phase) / uses * days.YEAR)


def _with_evidence(told: Sequence[Sketch]) -> Iterator[Sketch]:
    """Let an insight about a customer rest on the calls that came before it."""
    calls: defaultdict[str, list[Sketch]] = defaultdict(list)
    for sketch in sorted(told, key=lambda each: each.occurred_at):
        customer = sketch.content.get("customer")
        if customer and sketch.source == "gong" and sketch.type == "event":
            calls[customer].append(sketch)
        if customer and sketch.type == "insight" and not sketch.evidence:
            latest = calls[customer][-_CALLS_BEHIND_AN_INSIGHT:]
            yield replace(sketch, evidence=tuple(call.key for call in latest))
        else:
            yield sketch
