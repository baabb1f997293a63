"""A program that stores from many tasks at once, and writes down what has returned.

Usage: python -m tests.memoryhub_client.writer SPOOL ACKNOWLEDGED TASKS COUNT

Each task is a source of its own and stores the numbers up to COUNT, one after the
other. After a start it goes on behind the number that may have been on its way.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import anyio

from memoryhub_client import AsyncMemoryClient


async def main(
    spool: Path, returned: Mapping[str, int], file: TextIO, tasks: int, count: int
) -> None:
    """Store until all tasks are through, and all of it is in the hub."""
    async with AsyncMemoryClient(spool=spool, seconds=1) as hub:
        async with anyio.create_task_group() as group:
            for task in range(tasks):
                source = f"task-{task}"
                first = returned[source] + 2 if source in returned else 0
                group.start_soon(_write, hub, source, range(first, count), file)
        while (await hub.spooled()).waiting:  # noqa: ASYNC110 - of another process
            await anyio.sleep(0.1)


async def _write(
    hub: AsyncMemoryClient, source: str, numbers: range, file: TextIO
) -> None:
    for number in numbers:
        await hub.store(
            type="chat", content={"message": f"{source} {number}"}, source=source
        )
        file.write(f"{source} {number}\n")


def last_of_each(acknowledged: Path) -> dict[str, int]:
    """Return the last number of each source that has returned."""
    acknowledged.touch()
    pairs = (line.split() for line in acknowledged.read_text().splitlines())
    return {source: int(number) for source, number in pairs}


if __name__ == "__main__":
    spool_, acknowledged_, tasks_, count_ = sys.argv[1:]
    before = last_of_each(Path(acknowledged_))
    with Path(acknowledged_).open("a", buffering=1) as log:
        anyio.run(main, Path(spool_), before, log, int(tasks_), int(count_))
