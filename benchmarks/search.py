"""How fast a search answers, beside the bare index."""

from django.utils import timezone

from accounts.actor import Actor
from benchmarks.corpus import questions
from benchmarks.measuring import clock, percentiles, show
from memories import mediator
from memories.schemas.search import SearchRequest
from memories.search import engine, indexer
from memories.search.query import read

TIMES = 300


def measure(actor: Actor, *, rows: int) -> None:
    """Index what was stored, and ask."""
    index = engine.index()
    with clock() as building:
        indexer.follow(index)
    show(
        f"index, {rows:,} memories",
        f"{rows / building.seconds:,.0f} rows/s",
        "one core of tantivy, and reading the rows",
    )
    asked = [SearchRequest(query=text) for text in questions(TIMES)]
    p50, p99 = percentiles(
        TIMES,
        lambda n: mediator.search(actor=actor, request=asked[n], now=timezone.now()),
    )
    bare50, bare99 = percentiles(
        TIMES,
        lambda n: index.search(read(asked[n]), readers=None, limit=engine.DEPTH),
    )
    show(
        f"search over {rows:,} (p50 / p99)",
        f"{p50:.1f} / {p99:.1f} ms",
        f"{bare50:.1f} / {bare99:.1f} ms for the bare index",
    )
