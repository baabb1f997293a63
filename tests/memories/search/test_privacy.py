"""No count, facet, suggestion, snippet, related list or score tells of what is hidden.

Each example asks the same before and after others store what the asker may not see,
share it and take it back, or delete it: the answers must be the same, but for what the
last place of a floating-point number says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from typing import Any, Literal
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.utils import timezone
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.actor import Actor
from accounts.models import User
from accounts.roles import Role
from memories import mediator
from memories.api import serializers
from memories.models import Memory
from memories.schemas.annotating import Note
from memories.schemas.draft import Draft
from memories.schemas.search import RelatedRequest, SearchRequest, SuggestRequest
from memories.search import indexer, lexical, vectorizer
from memories.search.embedding import embedder
from tests.conftest import acting
from tests.factories import NOW, make_user
from tests.memories.search.asking import Arm, catch_up, lose_the_index, settling
from tests.sessions import settle

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("index"),
]

TOLERANCE = 1e-6

SEEN = ("planet", "planer", "harbour", "lantern", "meadow")
"""Words of all; `planex` is as near to the first as to the second."""
HIDDEN = ("zeppelin", "kangaroo", "obsidian")
"""Words that are in hidden memories alone."""
CUSTOMERS = (None, "Acme Corp", "Globex")
TAGS = ("risk", "needs work")
SOURCES = ("slack", "gong")
HIDDEN_CUSTOMERS = (*CUSTOMERS, "Initech")
HIDDEN_TAGS = (*TAGS, "secret")
HIDDEN_SOURCES = (*SOURCES, "vault")

MEANT = {"query": "kangaroo planet", "mode": "semantic"}
SEARCHES: Sequence[Mapping[str, Any]] = (
    *({"query": word} for word in (*SEEN[:3], *HIDDEN)),
    {"query": "planet lantern meadow", "limit": 2},
    {"query": "planet zeppelin"},
    {"query": '"planet harbour"'},
    {"query": '"kangaroo" planet'},
    {"query": "planet -kangaroo -harbour"},
    {"query": "-zeppelin", "limit": 2},
    {"query": "plan* kang*"},
    {"query": "zepp*"},
    {"query": "planex lantren"},
    {"query": "planer-zeppelin"},
    {"query": "kangaro zeppelln obsidiam"},
    {"query": "acme initech secret risk"},
    {"query": "lantern", "customer": "acme corp"},
    {"query": "lantern tag:secret"},
    {"query": "-tag:risk -customer:initech planet"},
    {"query": "planet owner:stranger@example.com"},
    {"query": "", "tags": ["risk"]},
    {"query": "", "sort": "newest", "limit": 2},
    {"query": "", "sort": "oldest", "limit": 2},
    {"query": "planet", "sort": "newest", "limit": 1},
    {"query": "harbour meadow", "mode": "lexical"},
    MEANT,
    {"query": "type:decision after:2026-01-01 lantern"},
)
BEGUN = (
    *("zep", "kan", "pla", "har", "s", "plan kang", "ini", "acm", "vau"),
    *("customer:", "customer:i", "tag:", "tag:se", "source:", "owner:", "type:"),
)

type Holder = Literal["own", "shared", "by group"]
type Answer = Mapping[str, Any]
type Asked = dict[str, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody tells the hub, of four words, so that no length tells anything."""

    words: tuple[str, ...]
    type: Literal["chat", "event", "decision"]
    tag: str | None
    customer: str | None
    source: str
    month: int
    holder: Holder = "own"
    replaces: int | None = None
    """Which of the memories that the asker may see it says it takes the place of."""
    is_disputed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is said in the one conversation."""

    words: tuple[str, ...]
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the asker may see, and what others keep to themselves."""

    seen: Sequence[Told]
    hidden: Sequence[Told]
    turns: Sequence[Turn]
    hidden_turns: Sequence[Turn]


def _told(words: Sequence[str], *, hides: bool) -> st.SearchStrategy[Told]:
    return st.builds(
        Told,
        words=st.tuples(*[st.sampled_from(words)] * 4),
        type=st.sampled_from(("chat", "event", "decision")),
        tag=st.none() | st.sampled_from(HIDDEN_TAGS if hides else TAGS),
        customer=st.sampled_from(HIDDEN_CUSTOMERS if hides else CUSTOMERS),
        source=st.sampled_from(HIDDEN_SOURCES if hides else SOURCES),
        month=st.integers(0, 6),
        holder=st.sampled_from(("own", "shared", "by group")),
        replaces=st.none() | st.integers(0, 2),
        is_disputed=st.booleans(),
    )


def _turn(words: Sequence[str]) -> st.SearchStrategy[Turn]:
    return st.builds(
        Turn,
        words=st.tuples(*[st.sampled_from(words)] * 4),
        minute=st.integers(0, 59),
    )


WORLDS = st.builds(
    World,
    seen=st.lists(_told(SEEN, hides=False), min_size=2, max_size=5),
    hidden=st.lists(_told((*SEEN, *HIDDEN), hides=True), min_size=1, max_size=4),
    turns=st.lists(_turn(SEEN), max_size=6, unique_by=lambda turn: turn.minute),
    hidden_turns=st.lists(_turn((*SEEN, *HIDDEN)), max_size=3),
)


def _plain(*words: str, **fields: Any) -> Told:
    common: dict[str, Any] = {
        "type": "decision",
        "tag": "risk",
        "customer": "Acme Corp",
        "source": "slack",
        "month": 1,
    }
    return Told(words=words, **{**common, **fields})


TELLING = World(
    seen=[
        _plain("planet", "harbour", "lantern", "meadow"),
        _plain("planer", "harbour", "meadow", "meadow", month=3, holder="shared"),
    ],
    hidden=[
        _plain("planer", "planer", "zeppelin", "obsidian", replaces=0, tag="secret"),
        _plain("planer", "lantern", "kangaroo", "kangaroo", customer="Initech"),
        _plain("planer", "lantern", "lantern", "kangaroo", source="vault"),
    ],
    turns=[
        Turn(words=("lantern", "meadow", "meadow", "harbour"), minute=1),
        Turn(words=("harbour", "harbour", "harbour", "planet"), minute=5),
        Turn(words=("planer", "planer", "planer", "planer"), minute=6),
        Turn(words=("meadow", "meadow", "meadow", "meadow"), minute=7),
    ],
    hidden_turns=[
        Turn(words=("kangaroo", "zeppelin", "lantern", "planer"), minute=2),
        Turn(words=("planet", "meadow", "meadow", "meadow"), minute=4),
    ],
)
"""A world in which each kind of leak shows; no example need be found first."""


def a_few(examples: int) -> hypothesis_settings:
    """Try so many worlds: each is asked some fifty things several times.

    None is made smaller when it fails: that takes minutes, and all are small.
    """
    return hypothesis_settings(
        deadline=None,
        max_examples=examples,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )


class Cast:
    """Who is there: the asker, a colleague who shares, a stranger who does not."""

    def __init__(self, asker: User) -> None:
        self.asker = asker
        self.team = Group.objects.create(name="Sales")
        self.others = Group.objects.create(name="Board")
        asker.groups.add(self.team)
        self.boss = make_user(email="boss@example.com", role=Role.CEO)
        self.colleague = make_user(email="colleague@example.com")
        self.stranger = make_user(email="stranger@example.com")

    def begin(self) -> None:
        """Take away what there is."""
        Memory.objects.all().delete()
        cache.clear()
        lexical.tail_of_journal.cache_clear()
        indexer.rebuild()

    def tell_seen(self, world: World) -> list[Memory]:
        """Store what the asker may see, by itself and by others who share it."""
        told: list[Memory] = []
        for one in world.seen:
            memory = self._keep(_draft(one, told), one.holder)
            if one.is_disputed:
                _dispute(self.boss, memory)
            told.append(memory)
        holders: Iterator[Holder] = cycle(("own", "by group", "own"))
        for turn, holder in zip(world.turns, holders, strict=False):
            told.append(self._keep(_turn_draft(turn), holder))
        return told

    def tell_hidden(self, world: World, seen: Sequence[Memory]) -> list[Memory]:
        """Store what the asker may not see, some of it shared with others."""
        told = []
        for one in world.hidden:
            memory = _store(self.stranger, _draft(one, seen))
            if one.is_disputed:
                _dispute(self.stranger, memory)
            if one.holder == "by group":
                _share(self.stranger, memory, with_group=self.others.name)
            told.append(memory)
        for turn in world.hidden_turns:
            told.append(_store(self.stranger, _turn_draft(turn)))
        return told

    def give(self, memories: Sequence[Memory]) -> None:
        """Let the asker see what was hidden, by itself or by its team."""
        for memory, holder in zip(memories, self._holders(), strict=False):
            _share(self.stranger, memory, **holder)

    def take_back(self, memories: Sequence[Memory]) -> None:
        """Hide again what was given."""
        me = acting(self.stranger)
        for memory, holder in zip(memories, self._holders(), strict=False):
            mediator.unshare(actor=me, memory_id=memory.pk, now=NOW, **holder)

    def delete(self, memories: Sequence[Memory]) -> None:
        """Delete what was hidden."""
        me = acting(self.stranger)
        for memory in memories:
            mediator.forget(actor=me, memory_id=memory.pk, now=NOW)

    def _holders(self) -> Iterator[dict[str, Any]]:
        return cycle(({"with_user": self.asker.email}, {"with_group": self.team.name}))

    def _keep(self, draft: Draft, holder: Holder) -> Memory:
        # A service sees what it stored, and no shares.
        if holder == "own" or self.asker.role is Role.SERVICE:
            return _store(self.asker, draft)
        memory = _store(self.colleague, draft)
        if holder == "shared":
            _share(self.colleague, memory, with_user=self.asker.email)
        else:
            _share(self.colleague, memory, with_group=self.team.name)
        return memory


def _draft(one: Told, seen: Sequence[Memory]) -> Draft:
    text = " ".join(one.words)
    content: dict[str, Any]
    match one.type:
        case "chat":
            content = {"message": text}
        case "event":
            content = {"event_type": "call", "summary": text, "customer": one.customer}
        case _:
            content = {"decision": text, "customer": one.customer}
            if one.replaces is not None and one.replaces < len(seen):
                content["supersedes"] = str(seen[one.replaces].pk)
    return Draft(
        type=one.type,
        content={name: value for name, value in content.items() if value},
        tags=[one.tag] if one.tag else [],
        source=one.source,
        occurred_at=NOW - timedelta(days=30 * one.month + 1),
    )


def _turn_draft(turn: Turn) -> Draft:
    return Draft(
        type="chat",
        content={"message": " ".join(turn.words), "session_id": "standup"},
        source="slack",
        occurred_at=NOW - timedelta(minutes=turn.minute),
    )


def _store(by: User, draft: Draft) -> Memory:
    return mediator.store(actor=acting(by), draft=draft, now=NOW).memory


def _share(by: User, memory: Memory, **holder: Any) -> None:
    mediator.share(actor=acting(by), memory_id=memory.pk, can="view", now=NOW, **holder)


def _dispute(by: User, memory: Memory) -> None:
    mediator.annotate(
        actor=acting(by),
        memory_id=memory.pk,
        note=Note(kind="dispute", body="lantern"),
        now=NOW,
    )


def ask(asker: User, seen: Sequence[Memory]) -> Asked:
    """Ask all there is to ask, and return the whole answers."""
    me = acting(User.objects.get(pk=asker.pk))
    answers: Asked = {}
    for fields in SEARCHES:
        answers[f"search {fields}"] = _search(me, fields)
    for begun in BEGUN:
        suggested = mediator.suggest(actor=me, request=SuggestRequest(q=begun), now=NOW)
        answers[f"suggest {begun}"] = serializers.suggestions(suggested)
    for number, memory in enumerate(seen):
        likes = mediator.related(
            actor=me, memory_id=memory.pk, request=RelatedRequest(), now=NOW
        )
        found = serializers.related(likes)
        answers[f"related {number}"] = {"results": found["related"]}
    return answers


def _search(me: Actor, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first page with the results of all, and on which page each is."""
    request = SearchRequest(**{"facets": True, "explain": True, **fields})
    whole: dict[str, Any] = {}
    sizes = []
    while True:
        page = mediator.search(actor=me, request=request, now=NOW)
        answer = serializers.results(page, took_ms=0, explain=True)
        sizes.append(len(answer["results"]))
        if whole:
            whole["results"] += answer["results"]
        else:
            whole = answer
        cursor = answer["next_cursor"]
        if cursor is None:
            return {**whole, "pages": sizes, "next_cursor": None}
        request = request.model_copy(update={"cursor": cursor})


def differences(before: Asked, after: Asked) -> list[str]:
    """Say what differs."""
    return [
        f"{name}: {found}"
        for name, one in before.items()
        if (found := _difference(one, after[name]))
    ]


def _difference(one: Answer, other: Answer) -> str:
    rest = [{**each, "results": None} for each in (one, other)]
    here, there = one.get("results", []), other.get("results", [])
    found = f"{_listed(here)} became {_listed(there)}"
    was = {_id(each): each for each in here}
    if was.keys() != set(map(_id, there)):
        return found
    if rest[0] != rest[1]:
        return f"{rest[0]} became {rest[1]}"
    for each in there:
        known = was[_id(each)]
        if _unweighed(each) != _unweighed(known):
            return f"{_unweighed(known)} became {_unweighed(each)}"
        if _weights(each) != _about(_weights(known)):
            return f"{_weights(known)} became {_weights(each)}"
    is_order = all(
        _id(each) == _id(other) or each["score"] == _about(other["score"], by=2)
        for each, other in zip(here, there, strict=True)
    )
    return "" if is_order else found


def _about(weights: Any, *, by: int = 1) -> Any:
    return pytest.approx(weights, rel=by * TOLERANCE)


def _unweighed(result: Answer) -> Answer:
    """Return what is said of a result beside how much it weighs."""
    return {
        name: value
        for name, value in result.items()
        if name not in {"score", "why", "adjustments"}
    }


def _weights(result: Answer) -> dict[str, float]:
    """Return a result's scores; its ranks follow from those of all."""
    arms = {why["arm"]: why["score"] for why in result.get("why", ())}
    factors = {made["name"]: made["factor"] for made in result.get("adjustments", ())}
    return {"score": result["score"], **arms, **factors}


def _id(result: Answer) -> UUID:
    memory_id: UUID = result["memory"]["id"]
    return memory_id


def _listed(results: Sequence[Answer]) -> str:
    return str([f"{each['memory']['title']} ({each['score']:.4f})" for each in results])


@pytest.fixture
def by_words(settings: Settings) -> None:
    settings.EMBEDDINGS = {"provider": "none"}


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    asker: User = request.getfixturevalue(getattr(request, "param", "user"))
    return Cast(asker)


@pytest.mark.usefixtures("by_words")
@pytest.mark.parametrize("cast", ["user", "service"], indirect=True)
@a_few(2)
@given(world=WORLDS)
@example(world=TELLING)
def test_what_others_store_and_delete_changes_no_answer(
    cast: Cast, world: World
) -> None:
    cast.begin()
    seen = cast.tell_seen(world)
    catch_up()
    before = ask(cast.asker, seen)

    hidden = cast.tell_hidden(world, seen)
    on_the_tail = ask(cast.asker, seen)
    catch_up()
    in_the_index = ask(cast.asker, seen)
    cast.delete(hidden)
    catch_up()
    after_it = ask(cast.asker, seen)

    assert differences(before, on_the_tail) == []
    assert differences(before, in_the_index) == []
    assert differences(before, after_it) == []


@pytest.mark.usefixtures("by_words")
@a_few(2)
@given(world=WORLDS)
@example(world=TELLING)
def test_what_waits_for_the_index_is_as_well_hidden(cast: Cast, world: World) -> None:
    cast.begin()
    seen = cast.tell_seen(world)
    before = ask(cast.asker, seen)

    cast.tell_hidden(world, seen)

    assert differences(before, ask(cast.asker, seen)) == []


@pytest.mark.usefixtures("by_words")
@a_few(1)
@given(world=WORLDS)
@example(world=TELLING)
def test_what_is_taken_back_or_deleted_is_as_if_it_had_never_been_given(
    cast: Cast, world: World
) -> None:
    cast.begin()
    seen = cast.tell_seen(world)
    catch_up()
    before = ask(cast.asker, seen)
    hidden = cast.tell_hidden(world, seen)
    cast.give(hidden)
    catch_up()
    assert differences(before, ask(cast.asker, seen)) != []

    cast.take_back(hidden)
    taken_back = ask(cast.asker, seen)
    catch_up()
    in_the_index = ask(cast.asker, seen)
    cast.give(hidden)
    catch_up()
    cast.delete(hidden)
    deleted = ask(cast.asker, seen)

    assert differences(before, taken_back) == []
    assert differences(before, in_the_index) == []
    assert differences(before, deleted) == []


@pytest.mark.usefixtures("by_words")
@a_few(1)
@given(world=WORLDS)
@example(world=TELLING)
def test_postgresql_tells_no_more(cast: Cast, world: World) -> None:
    cast.begin()
    seen = cast.tell_seen(world)
    lose_the_index()
    before = ask(cast.asker, seen)

    cast.tell_hidden(world, seen)

    assert differences(before, ask(cast.asker, seen)) == []


@a_few(1)
@given(world=WORLDS)
@example(world=TELLING)
def test_meaning_tells_no_more(cast: Cast, world: World) -> None:
    cast.begin()
    seen = cast.tell_seen(world)
    embed()
    before = ask(cast.asker, seen)
    assert before[f"search {MEANT}"]["mode"] == "semantic"

    hidden = cast.tell_hidden(world, seen)
    embed()
    in_the_index = ask(cast.asker, seen)
    cast.delete(hidden)
    catch_up()

    assert differences(before, in_the_index) == []
    assert differences(before, ask(cast.asker, seen)) == []


@pytest.mark.usefixtures("by_words")
@pytest.mark.parametrize("arm", ["tail", "index", "postgres"])
@a_few(1)
@given(world=WORLDS)
@example(world=TELLING)
def test_who_sees_nothing_is_told_nothing(
    cast: Cast, outsider: User, arm: Arm, world: World
) -> None:
    cast.begin()
    cast.tell_hidden(world, cast.tell_seen(world))
    settling(arm)()

    for answer in ask(outsider, ()).values():
        assert not answer.get("results")
        assert not answer.get("total")
        assert not any((answer.get("facets") or {}).values())
        assert not answer.get("suggestions")
        assert not answer.get("interpreted", {}).get("corrected")


def embed() -> None:
    """Index all that was stored, and give it vectors."""
    catch_up()
    settle()
    chosen = embedder()
    assert chosen
    vectorizer.follow(chosen, now=timezone.now)
