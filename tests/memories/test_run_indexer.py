"""The command that follows the journal into the index."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from accounts.models import User
from memories import mediator
from memories.management.commands import run_indexer
from memories.schemas.search import SearchRequest
from memories.search.index import Index
from memories.search.query import read
from memoryhub.embedded.processes import free_port
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_signals")
def test_outlives_a_postgresql_that_is_away(
    user: User, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = read(SearchRequest(query="renewal"))
    mediator.store(
        actor=acting(user),
        draft=make_draft(content={"message": "The renewal"}),
        now=timezone.now(),
    )
    there = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = free_port()
    monkeypatch.setattr(run_indexer, "LONGEST_PAUSE_SECONDS", 0.6)

    def bring_back_and_stop() -> None:
        connection_of_the_command.settings_dict["PORT"] = there
        for _ in range(100):
            if index.search(query, readers=None, limit=1):
                break
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGTERM)

    connection_of_the_command = connections["default"]
    other = threading.Timer(2.5, bring_back_and_stop)
    other.start()
    said, complained = StringIO(), StringIO()
    try:
        call_command("run_indexer", stdout=said, stderr=complained)
    finally:
        connection.settings_dict["PORT"] = there
        other.join()

    pauses = [line.split()[4] for line in complained.getvalue().splitlines()]
    assert pauses[:3] == ["0.5", "0.6", "0.6"]
    assert "indexed 1 changes" in said.getvalue()
