"""The same query asked of PostgreSQL: for memories that the index has not seen yet."""

from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import (
    Case,
    CharField,
    Expression,
    FloatField,
    Func,
    JSONField,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Lower

from memories.querysets import MemoryQuerySet
from memories.search.query import Clause, Kind, Query

_STEMMED, _AS_WRITTEN = "english", "simple"


class _RegConfig(CharField):  # type: ignore[type-arg]
    def db_type(self, connection: object) -> str:
        return "regconfig"

    cast_db_type = db_type


def matching(
    memories: MemoryQuerySet, query: Query, *, limit: int
) -> list[tuple[UUID, float]]:
    """Return the newest memories that fit, each with the share of the words it has."""
    found = filtered(memories, query).annotate(stemmed=_vector(_STEMMED))
    if any(clause.kind is Kind.PREFIX for clause in query.clauses):
        found = found.annotate(as_written=_vector(_AS_WRITTEN))
    for clause in query.unwanted:
        found = found.exclude(_has(clause))
    if query.wanted:
        found = found.filter(reduce(or_, map(_has, query.wanted)))
    covered = found.annotate(coverage=_coverage(query.wanted)).newest_first()
    return list(covered.values_list("pk", "coverage")[:limit])


def filtered(memories: MemoryQuerySet, query: Query) -> MemoryQuerySet:
    """Apply the filters of a query, and not its words."""
    found = memories.occurring_between(query.start, query.end)
    if query.types:
        found = found.of_type(*query.types)
    if query.sources:
        found = found.annotate(source_folded=Lower("source")).filter(
            source_folded__in=[source.lower() for source in query.sources]
        )
    if query.owner:
        found = found.filter(owner__email__iexact=query.owner)
    if query.customer:
        found = found.filter(content__customer__iexact=query.customer)
    if query.tags:
        folded = Cast(Lower(Cast("tags", TextField())), ArrayField(TextField()))
        wanted: Any = [tag.lower() for tag in query.tags]
        found = found.annotate(tags_folded=folded).filter(tags_folded__contains=wanted)
    return found


def _vector(config: str) -> Func:
    """Return all words of a memory as PostgreSQL's search sees them."""
    name = Cast(Value(config), _RegConfig())
    spoken = Value(["string", "numeric"], output_field=JSONField())
    tags = Func(
        "tags", Value(" "), function="array_to_string", output_field=TextField()
    )
    return Func(
        Func(name, "title", function="to_tsvector"),
        Func(name, tags, function="to_tsvector"),
        Func(name, "content", spoken, function="jsonb_to_tsvector"),
        template="(%(expressions)s)",
        arg_joiner=" || ",
        output_field=SearchVectorField(),
    )


def _has(clause: Clause) -> Q:
    if clause.kind is Kind.PREFIX:
        start = clause.text.lower()
        return Q(
            as_written=SearchQuery(
                f"'{start}':*", search_type="raw", config=_AS_WRITTEN
            )
        )
    return Q(stemmed=SearchQuery(clause.text, search_type="phrase", config=_STEMMED))


def _coverage(clauses: tuple[Clause, ...]) -> Expression:
    """Return which share of the clauses a memory has, from 0 to 1."""
    if not clauses:
        return Value(1.0)
    share = Value(1 / len(clauses), output_field=FloatField())
    return Func(
        *(Case(When(_has(one), then=share), default=Value(0.0)) for one in clauses),
        template="(%(expressions)s)",
        arg_joiner=" + ",
        output_field=FloatField(),
    )
