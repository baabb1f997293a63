"""journal.log: a reader beside many writers gets every committed entry exactly once."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from horizon.order import START, Position
from journal import log
from journal.log import Change
from journal.models import Entry
from tests.factories import NOW
from tests.journal.writing import TOPIC
from tests.sessions import settle

WRITERS = 12
SECONDS = 3.0
SECONDS_INSIDE = 0.02
"""How long a transaction stays open at most after it has taken its place."""


class Writers:
    """Many sessions that append, dawdle, and commit or roll back."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.committed: list[tuple[int, UUID]] = []
        """The transaction id and key of each entry, in the order of the commits."""

    def run(self, until: float) -> None:
        # A seed from the system, so that no two threads dawdle in step.
        dawdle = random.SystemRandom()
        try:
            while time.monotonic() < until:
                self.write(dawdle)
        finally:
            connection.close()

    def write(self, dawdle: random.Random) -> None:
        keys = [uuid4() for _ in range(dawdle.randint(1, 3))]
        with transaction.atomic():
            log.append(topic=TOPIC, changes=[put(key) for key in keys], now=NOW)
            xid = own_transaction_id()
            time.sleep(dawdle.random() * SECONDS_INSIDE)
            if dawdle.random() < 0.1:
                transaction.set_rollback(True)
                return
        with self.lock:
            self.committed += [(xid, key) for key in keys]

    @property
    def overtaken(self) -> int:
        """How many entries were committed after one of a later transaction."""
        overtaken, newest = 0, 0
        for xid, _ in self.committed:
            overtaken += xid < newest
            newest = max(newest, xid)
        return overtaken


class Reader:
    """One session that follows the journal with a cursor."""

    def __init__(self) -> None:
        self.found: Counter[UUID] = Counter()
        self.place = START

    def follow(self) -> None:
        while entries := log.read(topic=TOPIC, after=self.place, limit=50):
            self.found.update(entry.key for entry in entries)
            self.place = Position(entries[-1].xid, entries[-1].seq)


@pytest.mark.django_db(transaction=True)
def test_every_committed_entry_is_read_exactly_once() -> None:
    writers, reader = Writers(), Reader()
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(writers.run, until) for _ in range(WRITERS)]
        while not all(one.done() for one in running):
            reader.follow()
        read_meanwhile = reader.found.total()
        for one in running:
            one.result()
    settle()
    reader.follow()

    written = {key for _, key in writers.committed}
    lost = written - reader.found.keys()
    assert not lost, f"{len(lost)} of {len(written)} entries were never read"
    assert reader.found == Counter(written)
    # None of that says anything unless writers overtook each other before the reader.
    assert writers.overtaken > 100
    assert read_meanwhile > len(written) / 2
    assert Entry.objects.count() == len(written)


def put(key: UUID) -> Change:
    return Change(key=key, version=1, op=Entry.Op.PUT, body={})


def own_transaction_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
        (xid,) = cursor.fetchone()
    return int(xid)
