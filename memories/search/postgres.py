"""The same search asked of PostgreSQL, while this node's index cannot be trusted.

It reads the table as it is, so it lacks nothing. It is slower, knows less of spelling,
and weighs words less well: an answer of it says so.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import (
    CombinedSearchQuery,
    SearchQuery,
    SearchRank,
    SearchVectorExact,
)
from django.db.models import F, Q, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Lower

from memories.models import SEARCHED_TEXT
from memories.querysets import MemoryQuerySet
from memories.schemas.registry import registry
from memories.search.query import Clause, Filter, Kind, Query
from memories.search.snapshot import Hit, Hits
from memories.search.words import written

COUNT_LIMIT = 10_000

_REPLACING = tuple(
    schema.type
    for schema in registry().latest_versions
    if "supersedes" in schema.model_fields
)
"""The types that can take another memory's place."""


def best(memories: MemoryQuerySet, query: Query, *, limit: int) -> Hits:
    """Return the best of the newest that fit."""
    found = matching(memories, query)
    newest = found.newest_first().values("pk")[:limit]
    words = reduce(or_, map(_asked, query.wanted))
    ranked = (
        memories.filter(pk__in=newest)
        .annotate(rank=SearchRank(SEARCHED_TEXT, words))
        .order_by("-rank", "-occurred_at", "-pk")
    )
    rows = ranked.values_list("pk", "rank", "occurred_at")
    return Hits([Hit(*row) for row in rows], _count(found))


def in_time_order(
    memories: MemoryQuerySet,
    query: Query,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Hits:
    """Return the next that fit by time, and by id where the time is the same."""
    found = matching(memories, query)
    rest = found.newest_first()
    side = "lt"
    if query.sort == "oldest":
        rest, side = rest.reverse(), "gt"
    if after:
        at, memory_id = after
        rest = rest.filter(
            Q(**{f"occurred_at__{side}": at})
            | Q(**{"occurred_at": at, f"id__{side}": memory_id})
        )
    rows = rest.values_list("pk", "occurred_at")[:limit]
    return Hits([Hit(pk, 0.0, at) for pk, at in rows], _count(found))


def matching(memories: MemoryQuerySet, query: Query) -> MemoryQuerySet:
    """Keep what fits a whole query."""
    found = memories.occurring_between(query.start, query.end)
    for each in query.filters:
        lookup = "overlap" if each.field == "tag" else "in"
        condition = {f"{each.field}_folded__{lookup}": _folded(each)}
        found = found.alias(**{f"{each.field}_folded": _FOLDED[each.field]})
        found = (
            found.exclude(**condition) if each.negated else found.filter(**condition)
        )
    if query.words:
        found = found.filter(_text_has(reduce(or_, map(_asked, query.words))))
    for clause in query.phrases:
        found = found.filter(_text_has(_asked(clause)))
    for clause in query.unwanted:
        found = found.exclude(_text_has(_asked(clause)))
    return found


def replacements_of(memories: MemoryQuerySet, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return which of these memories takes the place of which of some."""
    pairs = (
        memories.of_type(*_REPLACING)
        .annotate(older=KT("content__supersedes"))
        .filter(older__in=[str(each) for each in ids])
        .exclude(content__status="rejected")
        .order_by("occurred_at", "id")
        .values_list("older", "pk")
    )
    return {UUID(older): newer for older, newer in pairs}


def _text_has(asked: SearchQuery | CombinedSearchQuery) -> SearchVectorExact:
    return SearchVectorExact(SEARCHED_TEXT, asked)


def _asked(clause: Clause) -> SearchQuery | CombinedSearchQuery:
    if clause.kind is Kind.PREFIX:
        # Its stem too: the stems are indexed, and may be shorter than what was typed.
        before, start = clause.parts
        # PostgreSQL takes the number of ENG-1234 for a negative one.
        begun = f"'{start}':*" + (f" | '-{start}':*" if start.isdecimal() else "")
        last = _raw(begun, "simple") | _raw(begun, "english")
        whole = " & ".join(f"'{word}'" for word in before)
        return _raw(whole, "english") & last if whole else last
    kind = "phrase" if len(written(clause.text)) > 1 else "plain"
    return SearchQuery(clause.text, config="english", search_type=kind)


def _raw(asked: str, config: str) -> SearchQuery:
    return SearchQuery(asked, config=config, search_type="raw")


def _folded(condition: Filter) -> list[str]:
    return [value.lower() for value in condition.values]


def _count(found: MemoryQuerySet) -> int:
    return found.order_by()[: COUNT_LIMIT + 1].count()


_FOLDED = {
    "type": F("type"),
    "source": Lower("source"),
    # What has none is to pass where one is excluded, which NULL does not.
    "owner": Coalesce(Lower("owner__email"), Value("")),
    "customer": Coalesce(
        Lower(KT("content__customer")), Value(""), output_field=TextField()
    ),
    "tag": Cast(Lower(Cast("tags", TextField())), ArrayField(TextField())),
}
