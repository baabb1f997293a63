"""Pull requests: numbered in the order of their days, decided on, and reviewed."""

from collections.abc import Iterable
from dataclasses import replace

from memories.demo.scenes import PullScene
from memories.demo.sketch import Sketch
from memories.demo.stage import Occasion, Stage, World, dice
from memories.demo.telling import Names, conversation

_FIRST_NUMBERS = {"dispatch": 1180, "mobile": 612, "portal": 344, "infra": 207}
_MINUTES_TO_DECIDE = 190


def numbers(occasions: Iterable[Occasion]) -> dict[str, str]:
    """Return what each pull request is called, such as dispatch#1204, by its key."""
    called, last = {}, dict(_FIRST_NUMBERS)
    for occasion in sorted(occasions, key=lambda each: (-each.back, each.key)):
        scene = occasion.scene
        if isinstance(scene, PullScene):
            last[scene.repo] += dice(occasion.key, "number").randint(1, 9)
            called[occasion.key] = f"{scene.repo}#{last[scene.repo]}"
    return called


def tell(occasion: Occasion, world: World, named: Names) -> list[Sketch]:
    """Return a pull request's decision, and what was said in its review."""
    scene = occasion.scene
    if not isinstance(scene, PullScene):
        msg = f"{scene.key} is not a pull request"
        raise TypeError(msg)
    stage = Stage(occasion, world, named=named)
    called = world.numbers[occasion.key]
    review = conversation(
        stage, scene, scene.review, channel=called, pace=40, minutes=12
    )
    reviewers = {chat.content["author"]: None for chat in review}
    decided_by = [*(reviewers.keys() - {stage.name(scene.author)})]
    repository, _, number = called.partition("#")
    decided_at = stage.later(_MINUTES_TO_DECIDE)
    decision = Sketch(
        key=stage.key,
        external_id=f"demo/{called}",
        type="decision",
        source=scene.source,
        occurred_at=decided_at,
        title=f"{called}: {stage.tell(scene.title)}",
        content={
            "decision": stage.tell(scene.title),
            "status": scene.status,
            "rationale": stage.say(scene.why),
            "decided_by": sorted(decided_by) or [stage.name(scene.author)],
            "decided_at": None
            if scene.status == "proposed"
            else decided_at.isoformat(),
            "priority": "high" if scene.back else "medium",
            "customer": stage.customer_name,
            "topics": stage.topics,
            "url": f"https://github.demo.test/demo/{repository}/pull/{number}",
        },
        owner=stage.owner(scene.author),
        tags=("pull-request", scene.repo, *stage.tags),
        metadata={
            "repository": f"demo/{repository}",
            "number": int(number),
            "author": stage.name(scene.author),
            "additions": stage.rng.randint(4, 420),
            "deletions": stage.rng.randint(0, 180),
        },
    )
    comments = [
        replace(
            chat, key=f"{stage.key}/review-{place}", tags=("pull-request", *chat.tags)
        )
        for place, chat in enumerate(review, start=1)
    ]
    return [decision, *comments]
