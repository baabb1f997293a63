"""Where one scene is told: on which day, with whom, and with which words known."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from memories.demo import days
from memories.demo.cast import Cast, Customer, Person
from memories.demo.phrases import Phrases
from memories.demo.scenes import ANY_CUSTOMER, Scene

_SEED = "a year at the demo company"
_ITEM = re.compile(r"(?P<who>\w+) (?P<ahead>[+-]\d+)(?P<open> open)?: (?P<text>.+)")
_BEGINNING = re.compile(r"(?:(?<=^)|(?<=[.!?] ))[a-z]+(?= )")
_FIRST_MINUTE, _LAST_MINUTE = 7 * 60 + 5, 15 * 60 + 50
_DONE_IN_TIME = 0.85

type Words = Mapping[str, tuple[str, ...]]


def dice(*names: object) -> Random:
    """Return a generator of its own for what is named, the same in every run."""
    return Random("/".join(map(str, (_SEED, *names))))  # noqa: S311 - nothing secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A scene to tell: for which time, and how many working days ago."""

    scene: Scene
    use: int = 0
    back: int

    @property
    def key(self) -> str:
        """What the memories told are known by."""
        return f"{self.scene.key}-{self.use + 1}" if self.use else self.scene.key


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What holds for every scene: today, everybody, and the names of things."""

    today: date
    cast: Cast
    words: Words
    turns: Words
    numbers: Mapping[str, str]
    """What pull requests are called, by their scene's key."""


class Stage:
    """One occasion, made ready for its scene to be told."""

    def __init__(
        self,
        occasion: Occasion,
        world: World,
        *,
        named: Mapping[str, str],
        teams: tuple[str, ...] = (),
    ) -> None:
        """Choose the customer, the speakers and the hour."""
        scene = occasion.scene
        self.key, self.back, self.world = occasion.key, occasion.back, world
        self.rng = dice(self.key)
        self.customer = self._customer(scene, occasion.use)
        self.day = days.workday(world.today, occasion.back)
        self.begins = days.moment(self.day, scene.at or self._hour(scene))
        self.speakers = self._speakers(teams)
        self._phrases = Phrases(
            rng=self.rng,
            use=occasion.use,
            on=self.day,
            known={**self._known(occasion.use), **world.numbers, **named},
        )
        self._topics, self._tags = scene.topics, scene.tags

    def tell(self, text: str) -> str:
        """Return some words with their gaps filled for this occasion."""
        return self._phrases.tell(text)

    def say(self, text: str) -> str:
        """Return whole sentences, which begin with a capital whatever fills a gap."""
        return _BEGINNING.sub(lambda word: word[0].capitalize(), self.tell(text))

    @property
    def topics(self) -> list[str]:
        """What the scene is about."""
        return [self.tell(topic) for topic in self._topics]

    @property
    def tags(self) -> tuple[str, ...]:
        """The scene's tags, or its topics as tags; and the customer's."""
        tags = self._tags or tuple(topic.replace(" ", "-") for topic in self.topics)
        return (*tags, self.customer.key) if self.customer else tags

    @property
    def customer_name(self) -> str | None:
        """The customer that the scene is about."""
        return self.customer.name if self.customer else None

    def person(self, key: str) -> Person | None:
        """Return who a key stands for: a speaker, the customer's own, or anybody."""
        if key == "csm" and self.customer:
            key = self.customer.csm
        return self.speakers.get(key) or self.world.cast.someone(key)

    def name(self, key: str) -> str:
        """Return the name of a colleague, or what is said in the place of one."""
        if person := self.person(key):
            return person.name
        return self.tell("{contact}" if key == "contact" else key)

    def owner(self, key: str) -> str | None:
        """Return the address of the account that a key stands for."""
        person = self.person(key)
        return person.email if person else None

    def participants(self, keys: tuple[str, ...]) -> list[str]:
        """Return who took part, as a call lists it."""
        cast = self.world.cast
        return [
            cast.participant(person.key if (person := self.person(key)) else key)
            if key != "contact"
            else self._contact_address()
            for key in keys
        ]

    def mood(self, sentiment: float | None, *, spread: float = 0.12) -> float | None:
        """Return a sentiment as it was felt that day."""
        if sentiment is None:
            return None
        felt = sentiment + self.rng.uniform(-spread, spread)
        if self.customer:
            felt += self.customer.mood
        return round(max(-1.0, min(1.0, felt)), 2)

    def action_items(self, lines: tuple[str, ...]) -> list[dict[str, Any]]:
        """Return action items from lines such as `ines +7: Send the report`."""
        items = []
        for line in lines:
            item = _ITEM.fullmatch(line)
            if not item:
                msg = f"{self.key}: {line!r} is not `who +days: text`"
                raise ValueError(msg)
            due = days.workday_from(self.day, int(item["ahead"]))
            in_time = self.rng.random() < _DONE_IN_TIME
            items.append(
                {
                    "text": self.tell(item["text"]),
                    "assignee": self.owner(item["who"]) or self.name(item["who"]),
                    "due_date": due.isoformat(),
                    "done": due < self.world.today and in_time and not item["open"],
                }
            )
        return items

    def later(self, minutes: int) -> datetime:
        """Return the moment so many minutes after the scene began."""
        seconds = self.rng.randrange(60)
        return self.begins + timedelta(minutes=minutes, seconds=seconds)

    def _customer(self, scene: Scene, use: int) -> Customer | None:
        if scene.customer == ANY_CUSTOMER:
            others = self.world.cast.others()
            order = dice(scene.course or scene.key, "customers")
            return order.sample(others, len(others))[use % len(others)]
        return self.world.cast.customer_of(scene.customer) if scene.customer else None

    def _hour(self, scene: Scene) -> time:
        minute = self.rng.randint(_FIRST_MINUTE, _LAST_MINUTE)
        if scene.source == "gong":
            minute -= minute % 30
        return time(minute // 60, minute % 60)

    def _speakers(self, teams: tuple[str, ...]) -> dict[str, Person]:
        """Cast the parts, the ones with the least choice first, with somebody each."""
        pools = dict(zip("abcdefgh", map(self._pool, teams), strict=False))
        speakers: dict[str, Person] = {}
        for letter, pool in sorted(pools.items(), key=lambda part: len(part[1])):
            free = [person for person in pool if person not in speakers.values()]
            speakers[letter] = self.rng.choice(free or pool)
        return speakers

    def _pool(self, team: str) -> list[Person]:
        key = self.customer.csm if team == "csm" and self.customer else team
        known = self.world.cast.someone(key)
        return [known] if known else self.world.cast.team(team)

    def _known(self, use: int) -> dict[str, str]:
        """Return what every sentence may name."""
        jitter = self.rng.randrange(8)
        known = {
            "version": days.version(self.back),
            "next_version": days.next_version(self.back),
            "sprint": str(days.sprint(self.back)),
            "issue": f"ENG-{days.issue(self.back) - jitter}",
            **{
                name: self.rng.choice(words) for name, words in self.world.words.items()
            },
            **{name: said[use % len(said)] for name, said in self.world.turns.items()},
            **{key: person.first_name for key, person in self.speakers.items()},
        }
        if customer := self.customer:
            self._contact = self.rng.choice(customer.contacts)
            csm = self.world.cast.someone(customer.csm)
            known |= {
                "customer": customer.name,
                "contact": self._contact.name,
                "contact_first": self._contact.name.split()[0],
                "contact_title": self._contact.title,
                "trade": customer.trade,
                "region": customer.region,
                "technicians": str(customer.technicians),
                "arr": f"€{customer.arr:,}",
                "csm": csm.first_name if csm else "",
            }
        return known

    def _contact_address(self) -> str:
        if not self.customer:
            msg = f"{self.key}: a contact takes part, but there is no customer"
            raise ValueError(msg)
        return self.customer.address(self._contact)
