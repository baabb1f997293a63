"""Each arm's answers to all questions, side by side with plain BM25."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Literal, get_args

from django.core.management import call_command
from django.utils import timezone

from accounts.actor import Actor, Channel
from accounts.models import User
from accounts.roles import Role
from benchmarks.quality import metrics
from benchmarks.quality.corpus import the_corpus
from benchmarks.quality.loading import catch_up, load
from benchmarks.quality.plain import Plain
from benchmarks.quality.questions import Kind, Question, Split, the_questions
from memories import mediator
from memories.schemas.search import SearchRequest

BASELINE = Path(__file__).parent / "baseline.json"
TOLERANCE = 0.02
"""How far a figure of the blend may fall before the gate closes."""
LEAD = 0.08
"""How far the blend's recall on the held half is to be above plain BM25's."""

PLAIN = "plain BM25"
AS_A_USER = "as a user"
"""The blend for somebody who sees but what is theirs, whose words weigh otherwise."""
MODES: dict[str, Literal["lexical", "semantic", "hybrid"]] = {
    "lexical": "lexical",
    "semantic": "semantic",
    "blend": "hybrid",
    AS_A_USER: "hybrid",
}
ARMS = (PLAIN, *MODES)
GUARDED = ("blend", AS_A_USER)
HALVES: tuple[Split, ...] = get_args(Split.__value__)
KINDS: tuple[Kind, ...] = get_args(Kind.__value__)


@dataclass(frozen=True, slots=True)
class Figures:
    """The means over some questions."""

    recall: float
    mrr: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What each arm answered to each question: keys, the best first."""

    got: Mapping[str, Mapping[str, Sequence[str]]]
    """By arm, and in it by the question's id."""
    ran: Mapping[str, frozenset[str]]
    """What really ran when an arm was asked for, as the answers say."""

    def figures(
        self, arm: str, *, half: Split | None = None, kind: Kind | None = None
    ) -> Figures:
        """Return an arm's figures, over all questions or some."""
        asked = [
            (self.got[arm][question.id], question.relevant)
            for question in the_questions()
            if half in (None, question.split) and kind in (None, question.kind)
        ]
        return Figures(
            *(
                round(fmean(measure(got, wanted) for got, wanted in asked), 4)
                for measure in (metrics.recall, metrics.reciprocal_rank, metrics.ndcg)
            )
        )


def everything(*, failures_of: str | None, record: bool) -> None:
    """Measure on an empty hub, and print what came out."""
    call_command("migrate", verbosity=0)
    ceo = User.objects.create_user("ceo@example.com", role=Role.CEO)
    user = User.objects.create_user("user@example.com", role=Role.USER)
    answers = measure(
        Actor(user=ceo, channel=Channel.COMMAND),
        owner=Actor(user=user, channel=Channel.COMMAND),
    )
    show(answers)
    if failures_of:
        show_failures(answers, failures_of)
    if record:
        baseline = {
            arm: {half: asdict(answers.figures(arm, half=half)) for half in HALVES}
            for arm in GUARDED
        }
        BASELINE.write_text(json.dumps(baseline, indent=2) + "\n")


def measure(actor: Actor, *, owner: Actor) -> Answers:
    """Store the corpus, bring search up to it, and ask each arm every question."""
    ids = load(actor=actor, owner=owner.actor_name, now=timezone.now())
    catch_up()
    keys = {memory_id: key for key, memory_id in ids.items()}
    plain = Plain(the_corpus())
    ran: dict[str, set[str]] = {arm: set() for arm in ARMS}

    def ask(arm: str, question: Question) -> list[str]:
        if arm == PLAIN:
            return plain.search(question.text, limit=metrics.DEPTH)
        request = SearchRequest(
            query=question.text, mode=MODES[arm], limit=metrics.DEPTH
        )
        who = owner if arm == AS_A_USER else actor
        answer = mediator.search(actor=who, request=request, now=timezone.now())
        ran[arm].add(answer.found.mode)
        return [keys[result.memory.pk] for result in answer.results]

    got = {
        arm: {question.id: ask(arm, question) for question in the_questions()}
        for arm in ARMS
    }
    return Answers(got, {arm: frozenset(modes) for arm, modes in ran.items()})


def fallen(answers: Answers) -> list[str]:
    """Return what is worse than it was recorded, beyond what is tolerated."""
    recorded = json.loads(BASELINE.read_text())
    faults = []
    for arm, half in product(GUARDED, HALVES):
        now = asdict(answers.figures(arm, half=half))
        for name, before in recorded[arm][half].items():
            if now[name] < before - TOLERANCE:
                fell = f"{now[name]:.3f}, was {before:.3f}"
                faults.append(f"{arm}, {name} on {half}: {fell}")
    return faults


def lead(answers: Answers) -> float:
    """Return how far the blend's recall on the held half is above plain BM25's."""
    blend, plain = (
        answers.figures(arm, half="held").recall for arm in ("blend", PLAIN)
    )
    return blend - plain


def show(answers: Answers) -> None:
    """Print the figures of both halves, and recall by kind over both."""
    questions = the_questions()
    _say(f"{len(the_corpus()):,} memories, {len(questions)} questions\n")
    _say(f"{'':<12}" + "".join(f"{half:^27}" for half in HALVES))
    _say(f"{'':<12}" + f"{'recall@10':>11}{'MRR':>8}{'nDCG':>8}" * len(HALVES))
    for arm in ARMS:
        cells = "".join(
            f"{one.recall:>11.3f}{one.mrr:>8.3f}{one.ndcg:>8.3f}"
            for one in (answers.figures(arm, half=half) for half in HALVES)
        )
        _say(f"{arm:<12}{cells}{_note(answers, arm)}")
    _say(f"\n{'recall@10':<14}{'asked':>6}" + "".join(f"{arm:>12}" for arm in ARMS))
    for kind in KINDS:
        count = sum(question.kind == kind for question in questions)
        recalls = "".join(
            f"{answers.figures(arm, kind=kind).recall:>12.3f}" for arm in ARMS
        )
        _say(f"{kind:<14}{count:>6}{recalls}")
    _say(
        f"\nthe blend's recall on the held half is {lead(answers):+.3f} from plain BM25"
    )


def show_failures(answers: Answers, arm: str) -> None:
    """Print what an arm does not find among its first ten, of the tune half alone.

    The held half is not shown, so that nobody tunes on it.
    """
    texts = {told.key: " ".join(told.text().split())[:90] for told in the_corpus()}
    for question in the_questions():
        got = answers.got[arm][question.id]
        if question.split == "tune" and metrics.recall(got, question.relevant) < 1:
            _say(f"\n[{question.id}, {question.kind}] {question.text}")
            for key in question.relevant:
                place = str(got.index(key) + 1) if key in got else "-"
                _say(f"  wanted {place:>3} {key:<28} {texts[key]}")
            for key in got:
                grade = question.relevant.get(key, "")
                _say(f"  got    {grade:>3} {key:<28} {texts[key]}")


def _note(answers: Answers, arm: str) -> str:
    others = answers.ran[arm] - {MODES.get(arm, "")}
    return f"   (ran as {', '.join(sorted(others))})" if others else ""


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201
