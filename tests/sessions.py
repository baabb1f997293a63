"""Other database sessions: threads that read and write beside the test.

For tests with `django_db(transaction=True)`; a test inside one transaction shows its
rows to nobody else.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event

from django.db import connection, transaction

from tests.embedded.waiting import wait_until

SECONDS_TO_WAIT = 30


def elsewhere[T](call: Callable[[], T]) -> T:
    """Call something in another session, and return what it returns."""
    return together(1, call)[0]


def together[T](sessions: int, call: Callable[[], T]) -> list[T]:
    """Call something in several sessions at the same moment."""
    start = Barrier(sessions, timeout=SECONDS_TO_WAIT)

    def run() -> T:
        try:
            connection.ensure_connection()
            start.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(sessions) as pool:
        return [done.result() for done in [pool.submit(run) for _ in range(sessions)]]


@contextmanager
def uncommitted(write: Callable[[], object]) -> Iterator[None]:
    """Write in another session, and commit only at the end of the block."""
    written, over = Event(), Event()

    def run() -> None:
        try:
            with transaction.atomic():
                write()
                written.set()
                over.wait(SECONDS_TO_WAIT)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        try:
            wait_until(lambda: written.is_set() or done.done())
            yield
        finally:
            over.set()
        done.result()


def settle() -> None:
    """Wait until no open transaction precedes what has been committed.

    PostgreSQL has one horizon for all of a cluster's databases, so the transaction of
    another xdist worker's test holds the journal's readers back as well.
    """
    own = _number("SELECT pg_current_xact_id()")
    wait_until(
        lambda: _number("SELECT pg_snapshot_xmin(pg_current_snapshot())") > own,
        seconds=SECONDS_TO_WAIT,
    )


def _number(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (value,) = cursor.fetchone()
    return int(value)
