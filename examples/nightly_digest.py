"""A nightly job: what was decided in a day becomes one insight.

Usage: python -m examples.nightly_digest [DAY]

Who it is stands in MEMORYHUB_URL, MEMORYHUB_USERNAME and MEMORYHUB_PASSWORD. It may run
again for the same day: the insight of a day is one memory, and is brought up to date.
"""

import sys
from datetime import UTC, date, datetime, timedelta

from memoryhub_client import MemoryClient

SOURCE = "nightly-digest"


def digest(hub: MemoryClient, day: date) -> str:
    """Store what was decided on a day, and say what became of that."""
    found = list(
        hub.search_all(
            types=["decision"], from_=day, to=day + timedelta(days=1), sort="oldest"
        )
    )
    if not found:
        return f"{day}: nothing was decided."
    decisions = "\n".join(f"- {result.memory.title}" for result in found)
    outcome = hub.store(
        type="insight",
        title=f"Decided on {day}",
        content={
            "insight": f"{len(found)} decided on {day}:\n{decisions}",
            "category": "digest",
            "evidence": [str(result.memory.id) for result in found],
        },
        source=SOURCE,
        external_id=day.isoformat(),
        occurred_at=datetime(day.year, day.month, day.day, tzinfo=UTC),
    )
    return f"{day}: {len(found)} decided, {outcome.status}."


def main(arguments: list[str]) -> None:
    """Digest the day that is named, or yesterday."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    day = date.fromisoformat(arguments[0]) if arguments else yesterday
    with MemoryClient() as hub:
        sys.stdout.write(digest(hub, day) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
