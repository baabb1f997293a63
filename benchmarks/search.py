"""How fast search answers beside bare tantivy, on the same index and queries."""

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import User
from benchmarks import filling, serving
from benchmarks.asking import classes
from benchmarks.measuring import clock, percentiles, show
from memories import mediator
from memories.schemas.search import SearchRequest
from memories.search import engine, indexer
from memories.search.index import Index
from memories.search.matching import EVERYBODY
from memoryhub.garbage import leave_what_is_loaded


def measure(actor: Actor, *, rows: int, owners: list[User], user: User) -> None:
    """Fill the hub up to `rows`, index it, and ask: in this process, then by HTTP."""
    now = timezone.now()
    with clock() as copying:
        filling.fill(rows, owners=owners, user=user, now=now)
    with clock() as building:
        index = indexer.rebuild()
    show(
        f"rebuild_index, {rows:,} memories",
        f"{building.seconds:,.0f} s, {rows / building.seconds:,.0f} rows/s",
        f"{copying.seconds:,.0f} s to COPY the bare rows",
    )
    with clock() as embedding:
        real = filling.embed(rows)
    show(
        f"vectors and their index, {real:,} of them real",
        f"{embedding.seconds:,.0f} s",
        "none: made for this run alone",
    )
    _beside_tantivy(actor, index)
    serving.measure(ceo=owners[0], user=user)


def _beside_tantivy(actor: Actor, index: Index) -> None:
    """Compare the engine's work, PostgreSQL's part included, with tantivy's alone."""
    now = timezone.now()
    asker = mediator.finding.asker_of(actor, now)
    texts = [text for each in classes().values() for text in each]
    questions = [
        engine.ask(SearchRequest(query=text, mode="lexical"), now=now, me=None)
        for text in texts
    ]
    snapshot = index.snapshot(EVERYBODY)

    searcher = index._index.searcher()

    def bare(number: int) -> object:
        return searcher.search(snapshot.fitting(questions[number].query), 10)

    def ours(number: int) -> object:
        with transaction.atomic():
            return engine.search(
                asker=asker,
                question=questions[number],
                name="bench",
                limit=10,
                cursor=None,
                facets=False,
            )

    leave_what_is_loaded()
    percentiles(len(texts), ours)
    ours50, ours99 = percentiles(len(texts), ours)
    bare50, bare99 = percentiles(len(texts), bare)
    show(
        "engine, without HTTP (p50 / p99)",
        f"{ours50:.1f} / {ours99:.1f} ms",
        f"{bare50:.1f} / {bare99:.1f} ms for tantivy alone, "
        f"{ours50 / bare50:.1f} times as quick",
    )
