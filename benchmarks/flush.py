"""How fast the journal reaches Snowflake, beside the bare merge of the same rows."""

from django.utils import timezone

from benchmarks.measuring import rate, show
from horizon.order import START
from journal import log
from warehouse import flush, snowflake


def measure(*, rows: int) -> None:
    """Flush everything that was stored."""
    flushed = 0

    def run() -> None:
        nonlocal flushed
        flushed = flush.flush(sink=snowflake.merge, now=timezone.now)

    speed = rate(rows, run)
    entries = log.read(topic=flush.TOPIC, after=START, limit=flush.BATCH)
    bodies = [{**entry.body, "id": f"bench-{entry.seq}"} for entry in entries]
    bare = rate(len(bodies), lambda: snowflake.merge("bench", bodies))
    show(
        f"flush, {flushed:,} journal entries",
        f"{speed:,.0f} rows/s",
        f"{bare:,.0f} rows/s for one PUT, COPY and MERGE of {len(bodies):,}",
    )
