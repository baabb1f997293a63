"""Where the hub's verbs run: on threads, since they wait for PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import sync_to_async
from django.db import close_old_connections

# Each keeps a connection to PostgreSQL, so they are few, and none of them ends.
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="mcp")


async def in_thread[T](work: Callable[[], T]) -> T:
    """Do work that waits, beside the event loop; returns what it returns."""
    run = sync_to_async(_tidily, thread_sensitive=False, executor=_THREADS)
    return await run(work)


def _tidily[T](work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()
