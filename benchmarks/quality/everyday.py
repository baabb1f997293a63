"""The everyday around the facts: talk, calls, pull requests, in many variations."""

import random
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from benchmarks.quality.gaps import Teller
from benchmarks.quality.telling import MATERIAL, Told, conversation, the_cast
from memories.schemas.base import Strict

THREAD_TELLINGS = 6
CALLS, PULLS, ISSUES, INCIDENTS = 340, 160, 90, 36
INSIGHTS, DECISIONS = 232, 214

FIRST, LAST = date(2025, 9, 1), date(2026, 8, 28)
_SATURDAY = 5
_SPRINT_41 = date(2026, 5, 29)
_TRIES = 50

NUMBERS = re.compile(r"(?:ENG-|INC-|#)(\d+)|v?(\d+\.\d+\.\d+)|Sprint (\d+)")
"""What people look things up by; a number stands for one thing alone."""


class ThreadTemplate(Strict):
    """A conversation of the everyday."""

    source: str = "slack"
    channel: str
    cast: tuple[str, ...]
    lines: str


class InsightTemplate(Strict):
    """Something that is often learned."""

    text: str
    category: str


class DecisionTemplate(Strict):
    """Something that is often decided, and why."""

    text: str
    why: str


class Call(Strict):
    """What calls are put together from."""

    opening: tuple[str, ...]
    body: tuple[str, ...]
    closing: tuple[str, ...]


class Pull(Strict):
    """What pull requests are put together from."""

    titles: tuple[str, ...]
    whys: tuple[str, ...]


class Issue(Strict):
    """What issues are put together from."""

    titles: tuple[str, ...]
    notes: tuple[str, ...]


class Incident(Strict):
    """What small incidents are."""

    summaries: tuple[str, ...]


class Sprint(Strict):
    """What sprints are put together from."""

    goals: tuple[str, ...]
    remarks: tuple[str, ...]


class Others(Strict):
    """Everything that is not talk."""

    call: Call
    pull: Pull
    issue: Issue
    incident: Incident
    sprint: Sprint
    insight: tuple[InsightTemplate, ...]
    decision: tuple[DecisionTemplate, ...]


@dataclass(frozen=True, slots=True)
class Occasion:
    """One telling: its key and its day, and what its gaps are filled with."""

    key: str
    at: datetime
    rng: random.Random
    customer: str
    contact: str
    teller: Teller

    def team(self, name: str) -> list[str]:
        """Return who of a team is there that day."""
        away = the_cast().away
        return [
            who
            for who in the_cast().teams[name]
            if who not in away or not away[who][0] <= self.at.date() <= away[who][1]
        ]


def everyday(*, taken: Collection[str]) -> list[Told]:
    """Return the everyday of the year; `taken` are numbers that facts are known by."""
    others = Others.model_validate(_read("others.toml"))
    threads = [
        ThreadTemplate.model_validate(each) for each in _read("threads.toml")["thread"]
    ]
    stage = _Stage(taken)
    told = [
        one
        for place, thread in enumerate(threads)
        for telling in range(THREAD_TELLINGS)
        for one in stage.thread(f"talk-{place}-{telling}", thread)
    ]
    for tell, count in (
        (lambda key: stage.call(key, others.call), CALLS),
        (lambda key: stage.pull(key, others.pull), PULLS),
        (lambda key: stage.issue(key, others.issue), ISSUES),
        (lambda key: stage.incident(key, others.incident), INCIDENTS),
        (lambda key: stage.insight(key, others.insight), INSIGHTS),
        (lambda key: stage.decision(key, others.decision), DECISIONS),
    ):
        told += stage.all_different(tell, count)
    return told + list(stage.sprints(others.sprint))


class _Stage:
    """Tells each kind of scene, with numbers that nobody else uses."""

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = set(taken)
        self._said: set[str] = set()

    def all_different(self, tell: Callable[[str], Told], count: int) -> Iterator[Told]:
        """Tell so often; what comes out as something said before is told again."""
        name = None
        for number in range(count):
            for again in range(_TRIES):
                told = tell(f"{number}-{again}")
                name = told.content.get(told.read_content().headline)
                if name not in self._said:
                    break
            self._said.add(str(name))
            yield told

    def thread(self, key: str, template: ThreadTemplate) -> Iterator[Told]:
        occasion = self._occasion(key)
        speakers: dict[str, str] = {}
        for letter, team in zip("abc", template.cast, strict=False):
            there = [*occasion.team(team), *occasion.team("product")]
            silent = [who for who in there if who not in speakers.values()]
            own = [who for who in silent if who in the_cast().teams[team]]
            speakers[letter] = occasion.rng.choice(own or silent)
        names = {
            f"@{letter}": the_cast().people[who].split()[0]
            for letter, who in speakers.items()
        }
        occasion = self._occasion(key, names=names)
        lines = []
        for line in template.lines.strip().splitlines():
            who, _, said = line.partition(": ")
            lines.append(f"{speakers.get(who, who)}: {_tidy(occasion.teller, said)}")
        channel = occasion.teller.tell(template.channel)
        if channel == "#cust":
            channel = f"#cust-{occasion.customer.split()[0].lower()}"
        return conversation(
            key=key,
            source=template.source,
            channel=channel,
            at=occasion.at,
            lines=lines,
        )

    def call(self, key: str, parts: Call) -> Told:
        occasion = self._occasion(f"call-{key}")
        body = occasion.rng.sample(parts.body, occasion.rng.randint(2, 4))
        sentences = [
            occasion.rng.choice(parts.opening),
            *body,
            occasion.rng.choice(parts.closing),
        ]
        host = the_cast().people[occasion.rng.choice(occasion.team("success"))]
        return _told(
            occasion,
            "event",
            "gong",
            {
                "event_type": "call",
                "summary": _tidy(occasion.teller, " ".join(sentences)),
                "customer": occasion.customer,
                "participants": [host, occasion.contact],
                "duration_seconds": occasion.rng.randint(14, 48) * 60,
            },
        )

    def pull(self, key: str, parts: Pull) -> Told:
        occasion = self._occasion(f"pull-{key}")
        title = _tidy(occasion.teller, occasion.rng.choice(parts.titles))
        people = occasion.rng.sample(occasion.team("engineering"), 2)
        why = _tidy(occasion.teller, occasion.rng.choice(parts.whys))
        return _told(
            occasion,
            "event",
            "github",
            {
                "event_type": "pull request merged",
                "summary": f"{title}. {why}",
                "participants": [the_cast().people[who] for who in people],
            },
            title=f"{occasion.teller.tell('{repo}#{pr}')}: {title}",
        )

    def issue(self, key: str, parts: Issue) -> Told:
        occasion = self._occasion(f"issue-{key}")
        title = _tidy(occasion.teller, occasion.rng.choice(parts.titles))
        note = _tidy(occasion.teller, occasion.rng.choice(parts.notes))
        who = occasion.rng.choice(occasion.team("engineering"))
        return _told(
            occasion,
            "event",
            "linear",
            {
                "event_type": "issue completed",
                "summary": f"{title}. {note}",
                "participants": [the_cast().people[who]],
            },
            title=f"{occasion.teller.tell('{ticket}')} {title}",
        )

    def incident(self, key: str, parts: Incident) -> Told:
        occasion = self._occasion(f"incident-{key}")
        summary = _tidy(occasion.teller, occasion.rng.choice(parts.summaries))
        content = {"event_type": "incident", "summary": summary, "severity": "warning"}
        return _told(occasion, "event", "linear", content)

    def insight(self, key: str, templates: tuple[InsightTemplate, ...]) -> Told:
        occasion = self._occasion(f"insight-{key}")
        template = occasion.rng.choice(templates)
        content = {
            "insight": _tidy(occasion.teller, template.text),
            "category": template.category,
            "confidence": occasion.rng.randint(40, 90) / 100,
            "customer": occasion.customer if "{customer}" in template.text else None,
        }
        return _told(occasion, "insight", "api", content)

    def decision(self, key: str, templates: tuple[DecisionTemplate, ...]) -> Told:
        occasion = self._occasion(f"decision-{key}")
        template = occasion.rng.choice(templates)
        team = "product" if "{customer}" in template.text else "engineering"
        who = occasion.rng.choice(occasion.team(team))
        content = {
            "decision": _tidy(occasion.teller, template.text),
            "status": occasion.rng.choice(("accepted", "accepted", "proposed")),
            "rationale": _tidy(occasion.teller, template.why),
            "decided_by": [the_cast().people[who]],
            "customer": occasion.customer if "{customer}" in template.text else None,
            "priority": occasion.rng.choice(("low", "medium", "medium", "high")),
        }
        return _told(occasion, "decision", "linear", content)

    def sprints(self, parts: Sprint) -> Iterator[Told]:
        for number in range(23, 48):
            if str(number) in self._taken:
                continue
            day = _SPRINT_41 + timedelta(days=14 * (number - 41))
            occasion = self._occasion(f"sprint-{number}", day=day)
            goal = occasion.rng.choice(parts.goals)
            remarks = occasion.rng.sample(parts.remarks, 3)
            text = f"Goal: {goal}. {{28..46}} points done. " + " ".join(remarks)
            content = {
                "event_type": "sprint completed",
                "summary": _tidy(occasion.teller, text),
            }
            yield _told(occasion, "event", "linear", content, title=f"Sprint {number}")

    def _occasion(
        self,
        key: str,
        *,
        day: date | None = None,
        names: Mapping[str, str] | None = None,
    ) -> Occasion:
        rng = random.Random(key)  # noqa: S311 - a story, not a secret
        day = day or _workday(rng)
        at = datetime(day.year, day.month, day.day, rng.randint(7, 16), tzinfo=UTC)
        at += timedelta(minutes=rng.randrange(60))
        customer, other = rng.sample(_customers(day), 2)
        contacts = [
            name
            for name in the_cast().customers[customer]
            if day < the_cast().left.get(name, date.max)
        ]
        carrier, carrier2 = rng.sample(the_cast().carriers, 2)
        known: dict[str, str | Callable[[], str]] = {
            "customer": customer,
            "customer2": other,
            "contact": contacts[0],
            "contact2": contacts[-1],
            "carrier": carrier,
            "carrier2": carrier2,
            "repo": rng.choice(the_cast().repositories),
            "pr": self._number(rng, 90, 640),
            "version": self._version(rng),
            "month": f"{day - timedelta(days=30):%B}",
            "ticket": lambda: f"ENG-{self._number(rng, 1400, 2600)}",
            "weekday": lambda: rng.choice(
                ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
            ),
            "date": lambda: _spoken(day + timedelta(days=rng.randint(4, 30))),
            **(names or {}),
        }
        return Occasion(key, at, rng, customer, contacts[0], Teller(rng, known))

    def _number(self, rng: random.Random, low: int, high: int) -> str:
        while (number := str(rng.randint(low, high))) in self._taken:
            pass
        return number

    def _version(self, rng: random.Random) -> str:
        while (
            version := f"{rng.randint(1, 4)}.{rng.randint(0, 30)}.{rng.randint(0, 5)}"
        ) in self._taken:
            pass
        return version


def numbers(told: Collection[Told]) -> set[str]:
    """Return the numbers that memories are known by: tickets, pull requests."""
    return {
        next(filter(None, found.groups()))
        for one in told
        for found in NUMBERS.finditer(f"{one.text()} {one.content.get('channel')}")
    }


def _told(
    occasion: Occasion,
    type_: str,
    source: str,
    content: dict[str, Any],
    title: str | None = None,
) -> Told:
    return Told(
        key=occasion.key,
        type=type_,
        source=source,
        occurred_at=occasion.at,
        content=content,
        title=title,
    )


def _tidy(teller: Teller, text: str) -> str:
    """Tell a text, and begin its sentences with capitals."""
    said = teller.tell(text).strip().replace("..", ".").replace("?.", "?")
    return said[:1].upper() + said[1:]


def _workday(rng: random.Random) -> date:
    while True:
        day = FIRST + timedelta(days=rng.randint(0, (LAST - FIRST).days))
        if day.weekday() < _SATURDAY:
            return day


def _customers(day: date) -> list[str]:
    joined = the_cast().joined
    return [name for name in the_cast().customers if joined.get(name, FIRST) <= day]


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B}"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((MATERIAL / "everyday" / name).read_text(encoding="utf-8"))
