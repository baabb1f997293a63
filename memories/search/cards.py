"""What search knows of one memory: its words, and what it is filtered by."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TypedDict, cast
from uuid import UUID

from django.db.models import F
from django_stubs_ext import WithAnnotations

from memories.models import Annotation, Memory
from memories.querysets import as_text
from memories.search import threads


class _Surroundings(TypedDict):
    """What is fetched along."""

    owner_email: str | None
    sharing_users: Sequence[int]
    sharing_groups: Sequence[int]
    remarks: Sequence[str]
    remark_kinds: Sequence[str]


type _Surrounded = WithAnnotations[Memory, _Surroundings]


_VERDICTS = (Annotation.Kind.CONFIRM, Annotation.Kind.DISPUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One memory as search sees it."""

    id: UUID
    version: int
    title: str
    """The title that somebody gave it; one taken from the text says nothing more."""
    text: str
    type: str
    source: str
    tags: Sequence[str]
    owner: str
    customer: str
    readers: Sequence[str]
    occurred_at: datetime
    expires_at: datetime | None
    thread: str
    remarks: str
    is_disputed: bool
    is_superseded: bool
    replaces: UUID | None
    context: str = ""
    """What was said just before and after, among turns that have the same readers."""
    context_beyond: str = ""
    """What else was said just before and after, for those who see everything."""

    @property
    def about(self) -> str:
        """What it is filed under, as words."""
        return "\n".join((*self.tags, self.customer))

    @property
    def words(self) -> Mapping[str, str]:
        """Its own words, by the field that has them."""
        return {
            "title": self.title,
            "text": self.text,
            "about": self.about,
            "remarks": self.remarks,
        }

    @property
    def circle(self) -> str:
        """The name of the turns of its conversation that have the same readers."""
        return threads.circle(self.thread, self.readers)

    @property
    def month(self) -> str:
        """The month in which it happened, such as 2026-03."""
        return self.occurred_at.strftime("%Y-%m")


def cards(ids: Collection[UUID], *, without: Collection[UUID] = ()) -> list[Card]:
    """Return the cards of some memories, those of chats with what was said around.

    Around them, what they are to be `without` counts as not there.
    """
    wanted = {card.id: card for card in bare_cards(ids)}
    turns = [card.id for card in wanted.values() if card.thread]
    near = threads.neighbours(turns, without=without)
    circle = threads.neighbours(turns, in_circle=True, without=without)
    lending = {one for ids in (*near.values(), *circle.values()) for one in ids}
    texts = {
        card.id: card.text
        for card in (*wanted.values(), *bare_cards(lending - wanted.keys()))
    }
    return [
        _with_context(card, near.get(card.id, ()), circle.get(card.id, ()), texts)
        for card in wanted.values()
    ]


def bare_cards(ids: Collection[UUID]) -> Iterator[Card]:
    """Return the cards of some memories, without what was said around them."""
    if not ids:
        return iter(())
    found = Memory.objects.raw(_question(), [as_text(ids)])
    return map(_card, cast("Iterable[_Surrounded]", found))


@cache
def _question() -> str:
    """Ask for some memories and what surrounds them.

    Django takes longer to say this than PostgreSQL to answer it, so it says it once.
    """
    surrounded = Memory.objects.with_ids(()).with_surroundings()
    sql, _ = surrounded.annotate(owner_email=F("owner__email")).query.sql_with_params()
    return sql


def _card(memory: _Surrounded) -> Card:
    content = memory.read_content()
    return Card(
        id=memory.pk,
        version=memory.version,
        title="" if memory.title == content.default_title() else memory.title,
        text=content.search_text(),
        type=memory.type,
        source=memory.source,
        tags=memory.tags,
        owner=memory.owner_email or "",
        customer=content.customer_name() or "",
        readers=memory.readers_with(memory.sharing_users, memory.sharing_groups),
        occurred_at=memory.occurred_at,
        expires_at=None if memory.legal_hold else memory.expires_at,
        thread=threads.name(memory),
        remarks="\n".join(memory.remarks),
        is_disputed=is_disputed(memory.remark_kinds),
        is_superseded=content.is_superseded(),
        replaces=content.replaces(),
    )


def is_disputed(kinds: Iterable[str]) -> bool:
    """Say of a memory's remarks, the newest last, whether they leave it disputed."""
    said = [kind for kind in kinds if kind in _VERDICTS]
    return bool(said) and said[-1] == Annotation.Kind.DISPUTE


def _with_context(
    card: Card, near: Sequence[UUID], circle: Sequence[UUID], texts: Mapping[UUID, str]
) -> Card:
    """Give a card its neighbours' words, apart for those who may not read them all.

    A neighbour's word finds this memory. So whoever reads this must be one who reads
    the neighbour, and a turn that they may not see must not push another away.
    """
    beyond = [one for one in near if one not in circle]
    return replace(
        card,
        context="\n".join(texts[one] for one in circle if one in texts),
        context_beyond="\n".join(texts[one] for one in beyond if one in texts),
    )
