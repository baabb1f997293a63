"""What recurs with the calendar: sprint retrospectives, releases, project updates."""

from memories.demo import days
from memories.demo.scenes import EventScene, ProjectScene, Remarks
from memories.demo.sketch import Sketch
from memories.demo.stage import Occasion, World, dice
from memories.demo.telling import Names, tell

_SPRINT = 10
_TEAM = ("priya", "jonas", "aiko", "samuel", "felix", "lucia")
_WARNED = {"onTrack": "info", "atRisk": "warning", "offTrack": "warning"}
_FELT = {"onTrack": 0.4, "atRisk": -0.2, "offTrack": -0.5}


def retrospectives(remarks: Remarks, world: World) -> list[Sketch]:
    """Return one retrospective for each sprint of the year."""
    backs = range(days.YEAR - days.YEAR % _SPRINT, 0, -_SPRINT)
    goals, well, badly, tries = (
        _shuffled(name, getattr(remarks, name))
        for name in ("goals", "went_well", "went_badly", "to_try")
    )
    told: list[Sketch] = []
    for place, back in enumerate(backs):
        rng = dice("retrospective", place)
        number = days.sprint(back)
        committed = rng.randint(34, 52)
        done = committed - rng.choice((0, 1, 2, 3, 4, 5, 7, 9, 12))
        summary = (
            f"Sprint {number} closed with {done} of {committed} points done and "
            f"{rng.randint(1, 6) if done < committed else 0} issues carried over. "
            f"Goal: {_nth(goals, place)} "
            f"What went well: {_nth(well, 2 * place)} {_nth(well, 2 * place + 1)} "
            f"What did not: {_nth(badly, place)} "
            f"What we try next: {_nth(tries, place)}"
        )
        scene = EventScene(
            key=f"retrospective-{place}",
            source="linear",
            title=f"Sprint {number} retrospective",
            event_type="retrospective",
            summary=summary,
            participants=_TEAM,
            minutes=rng.randint(40, 62),
            sentiment=round((done / committed - 0.85) * 3, 2),
            topics=("sprint", "retrospective"),
            owner=rng.choice(_TEAM),
            action_items=(f"{rng.choice(_TEAM)} +10: {_nth(tries, place)}",),
        )
        told += tell(Occasion(scene=scene, back=back), world, {})
    return told


def releases(remarks: Remarks, world: World) -> list[Sketch]:
    """Return one release for each sprint of the year."""
    notes = _shuffled("notes", remarks.release_notes)
    fixes = _shuffled("fixes", remarks.fixes)
    told: list[Sketch] = []
    first = days.YEAR - days.YEAR % _SPRINT - 1
    for place, back in enumerate(range(first, 0, -_SPRINT)):
        scene = EventScene(
            key=f"release-{place}",
            source="github",
            title=f"Release {days.version(back)}",
            event_type="release",
            summary=f"{days.version(back)} is out. {_nth(notes, 2 * place)} "
            f"{_nth(notes, 2 * place + 1)} Fixed: {_nth(fixes, place)}",
            topics=("release",),
            owner=dice("release", place).choice(_TEAM),
        )
        told += tell(Occasion(scene=scene, back=back), world, {})
    return told


def project_updates(project: Occasion, world: World, named: Names) -> list[Sketch]:
    """Return the updates of one project, at its pace, up to yesterday."""
    scene = project.scene
    if not isinstance(scene, ProjectScene):
        msg = f"{scene.key} is not a project"
        raise TypeError(msg)
    told: list[Sketch] = []
    for place, update in enumerate(scene.updates):
        back = project.back - place * scene.every
        if back < 1:
            break
        health, _, text = update.partition(": ")
        event = EventScene(
            key=f"{scene.key}/update-{place + 1}",
            back=back,
            source=scene.source,
            customer=scene.customer,
            title=f"{scene.name}: update {place + 1}",
            event_type="project update",
            summary=text,
            severity=_WARNED[health],
            sentiment=_FELT[health],
            participants=(scene.lead,),
            topics=scene.topics,
            tags=(*(topic.replace(" ", "-") for topic in scene.topics), health),
            owner=scene.lead,
        )
        told += tell(Occasion(scene=event, back=back), world, named)
    return told


def _shuffled(name: str, sentences: tuple[str, ...]) -> list[str]:
    return dice("order of", name).sample(sentences, len(sentences))


def _nth(sentences: list[str], place: int) -> str:
    return sentences[place % len(sentences)]
