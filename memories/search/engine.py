"""The search's public face: query -> candidates -> visible_to -> rank -> page.

The index says which ids fit, and how well. `visible`, a queryset of what the actor may
see, decides on every request, so neither a hit nor a count tells of anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, IntegerField, Q, UUIDField, Value

from journal import log
from memories.journaling import TOPIC
from memories.querysets import MemoryQuerySet
from memories.search import pages, ranking, tail
from memories.search.index import Index
from memories.search.query import Query
from memories.search.ranking import Ranked

DEPTH = 1000
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whose search this is: what the actor may see, and how the index knows it."""

    id: int | None
    visible: MemoryQuerySet
    readers: Sequence[str] | None
    """The names that narrow the index to the actor's own; None sees everything."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of results in order, and how many there are in all."""

    ranked: Sequence[Ranked]
    total: int
    total_is_exact: bool
    next_cursor: str | None


@cache
def index() -> Index:
    """Return this node's index, opened once a process."""
    return Index(settings.SEARCH_INDEX_DIR)


def search(*, asker: Asker, query: Query, limit: int, cursor: str | None) -> Found:
    """Find memories, a page at a time.

    Raises:
        pages.BadCursorError: the cursor belongs to another search.
    """
    name = pages.fingerprint(query, asker.id)
    state = pages.unseal(name, cursor) if cursor else None
    if query.clauses:
        return _by_words(asker, query, name, state, limit)
    return _by_time(asker, query, name, state, limit)


def best(*, asker: Asker, query: Query) -> MemoryQuerySet:
    """Return everything that fits as a queryset, the best first."""
    if not query.clauses:
        return tail.filtered(asker.visible, query).newest_first()
    ids = [ranked.id for ranked in _rank(asker, query)]
    position = Func(
        Value(ids, output_field=ArrayField(UUIDField())),
        "pk",
        function="array_position",
        output_field=IntegerField(),
    )
    return asker.visible.with_ids(ids).order_by(position)


def _by_time(
    asker: Asker, query: Query, name: str, state: Sequence[str] | None, limit: int
) -> Found:
    """List what the filters leave, from PostgreSQL alone and without an end."""
    everything = tail.filtered(asker.visible, query)
    total = everything.order_by()[: COUNT_LIMIT + 1].count()
    oldest_first = query.sort == "oldest"
    rest = everything.order_by("occurred_at", "id")
    if not oldest_first:
        rest = rest.reverse()
    if state:
        at, memory_id = pages.after_time(state)
        after = "gt" if oldest_first else "lt"
        rest = rest.filter(
            Q(**{f"occurred_at__{after}": at})
            | Q(**{"occurred_at": at, f"id__{after}": memory_id})
        )
    rows = list(rest.values_list("id", "occurred_at")[: limit + 1])
    shown = rows[:limit]
    more = len(rows) > limit
    return Found(
        [Ranked(row[0], 0.0, "listing", rank) for rank, row in enumerate(shown, 1)],
        min(total, COUNT_LIMIT),
        total <= COUNT_LIMIT,
        pages.seal(name, [shown[-1][1].isoformat(), str(shown[-1][0])])
        if more
        else None,
    )


def _by_words(
    asker: Asker, query: Query, name: str, state: Sequence[str] | None, limit: int
) -> Found:
    kept, offset = (state[0], int(state[1])) if state else (None, 0)
    ranked = pages.kept(kept) if kept else None
    if ranked is None:
        ranked = _rank(asker, query)
        kept = None
    end = offset + limit
    next_cursor = None
    if len(ranked) > end:
        next_cursor = pages.seal(name, [kept or pages.keep(ranked), end])
    return Found(ranked[offset:end], len(ranked), len(ranked) < DEPTH, next_cursor)


def _rank(asker: Asker, query: Query) -> list[Ranked]:
    """Return everything that fits and may be seen, the best or the newest first."""
    # The place is read before the index: what is indexed meanwhile is found twice,
    # and never not at all.
    place = index().position(log.identity())
    hits = index().search(query, readers=asker.readers, limit=DEPTH)
    unseen = log.changed_keys(topic=TOPIC, after=place)
    fresh, stale = [], set()
    if unseen.exists():
        waiting = asker.visible.filter(pk__in=unseen)
        fresh = tail.matching(waiting, query)
        stale = set(unseen.filter(key__in=[hit.id for hit in hits]))
    found = asker.visible.with_ids(hit.id for hit in hits)
    seen = set(found.values_list("pk", flat=True))
    ranked = ranking.blend([hit for hit in hits if hit.id in seen], fresh, stale=stale)[
        :DEPTH
    ]
    if query.sort == "relevance":
        return ranked
    return _in_order_of_time(asker, query, ranked)


def _in_order_of_time(
    asker: Asker, query: Query, ranked: Sequence[Ranked]
) -> list[Ranked]:
    by_id = {one.id: one for one in ranked}
    ordered = asker.visible.with_ids(by_id).newest_first()
    if query.sort == "oldest":
        ordered = ordered.reverse()
    return [by_id[memory_id] for memory_id in ordered.values_list("pk", flat=True)]
