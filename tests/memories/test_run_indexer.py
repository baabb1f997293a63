"""The command that follows the journal into the index."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from memories import mediator
from memories.schemas.search import SearchRequest
from memories.search.index import Index
from memories.search.query import read
from tests.conftest import acting
from tests.factories import make_draft


@pytest.fixture
def _own_signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (2, 15)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_indexes_what_is_stored_until_it_is_told_to_stop(
    user: User, index: Index, number: signal.Signals
) -> None:
    query = read(SearchRequest(query="renewal"))

    def store_and_stop() -> None:
        draft = make_draft(content={"message": "The renewal"})
        mediator.store(actor=acting(user), draft=draft, now=timezone.now())
        connection.close()
        for _ in range(100):
            if index.search(query, readers=None, limit=1):
                break
            time.sleep(0.1)
        os.kill(os.getpid(), number)

    other = threading.Timer(0.5, store_and_stop)
    other.start()
    said = StringIO()
    call_command("run_indexer", stdout=said)
    other.join()

    assert len(index.search(query, readers=None, limit=1)) == 1
    assert "indexed 1 changes" in said.getvalue()
