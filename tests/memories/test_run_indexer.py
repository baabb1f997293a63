"""The command that follows the journal into the index."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from io import StringIO
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from accounts.models import User
from memories import mediator
from memories.management.commands import run_indexer
from memories.schemas.search import SearchRequest
from memories.search import indexer, lexical
from memories.search.index import Index
from memories.search.query import read
from memoryhub.embedded.processes import free_port
from tests.conftest import acting
from tests.embedded.waiting import wait_until
from tests.factories import make_draft, make_memory
from tests.processes import environment
from tests.reading import ROOT


@pytest.fixture
def _own_signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (2, 15)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def store(user: User, text: str = "The renewal") -> UUID:
    draft = make_draft(content={"message": text})
    return mediator.store(actor=acting(user), draft=draft, now=timezone.now()).memory.pk


def found(index: Index) -> list[UUID]:
    query = read(SearchRequest(query="renewal"), now=timezone.now())
    return [hit.id for hit in index.snapshot().best(query, limit=100_000).first]


@contextmanager
def running() -> Iterator[subprocess.Popen[bytes]]:
    """Run the command as a process of its own, on the test's database and index."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_indexer"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def storing(user: User) -> Iterator[list[UUID]]:
    """Store one memory after the other meanwhile; gives the list that they are in."""
    stored: list[UUID] = []
    over = threading.Event()

    def go_on() -> None:
        try:
            while not over.is_set():
                stored.append(store(user, f"Renewal {len(stored)}"))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(go_on)
        try:
            yield stored
        finally:
            over.set()
        done.result()


def is_current() -> bool:
    return indexer.lag(now=timezone.now()) == 0.0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_indexes_what_is_stored_until_it_is_told_to_stop(
    user: User, index: Index, number: signal.Signals
) -> None:
    def store_and_stop() -> None:
        store(user)
        connection.close()
        wait_until(lambda: bool(found(index)))
        os.kill(os.getpid(), number)

    other = threading.Timer(0.5, store_and_stop)
    other.start()
    said = StringIO()
    call_command("run_indexer", stdout=said)
    other.join()

    assert len(found(index)) == 1
    assert "indexed 1 changes" in said.getvalue()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_signals")
def test_outlives_a_postgresql_that_is_away(
    user: User, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(user)
    there = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = free_port()
    monkeypatch.setattr(run_indexer, "PAUSE_SECONDS", 0.25)
    monkeypatch.setattr(run_indexer, "LONGEST_PAUSE_SECONDS", 0.6)

    def bring_back_and_stop() -> None:
        connection_of_the_command.settings_dict["PORT"] = there
        wait_until(lambda: bool(found(index)))
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_signals")
def test_builds_a_damaged_index_anew(user: User, index: Index) -> None:
    memory_id = store(user)
    indexer.follow(index)
    next(index.directory.glob("*.term")).unlink()
    said, complained = StringIO(), StringIO()

    def stop_when_it_is_built() -> None:
        shelf = type(lexical.shelf())(settings.SEARCH_INDEX_DIR)
        wait_until(lambda: shelf.current() is not None)
        os.kill(os.getpid(), signal.SIGTERM)

    other = threading.Timer(0.5, stop_when_it_is_built)
    other.start()
    call_command("run_indexer", stdout=said, stderr=complained)
    other.join()

    assert "damaged and is built anew" in complained.getvalue()
    assert "building the search index" in said.getvalue()
    current = indexer.trusted()
    assert current
    assert found(current) == [memory_id]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_own_signals")
def test_waits_while_another_builds(index: Index) -> None:
    lexical.shelf().condemn(index, "a test")
    said, complained = StringIO(), StringIO()
    building = lexical.shelf().building()
    building.__enter__()

    def let_it_build() -> None:
        wait_until(lambda: "this one waits" in complained.getvalue())
        building.__exit__(None, None, None)
        wait_until(lambda: lexical.shelf().current() is not None)
        os.kill(os.getpid(), signal.SIGTERM)

    other = threading.Thread(target=let_it_build)
    other.start()
    call_command("run_indexer", stdout=said, stderr=complained)
    other.join()

    assert "another process is building" in complained.getvalue()


@pytest.mark.django_db(transaction=True)
def test_what_is_killed_again_and_again_loses_nothing_and_has_nothing_twice(
    user: User, index: Index
) -> None:
    place = index.directory / "position.json"

    def has_moved_from(came_to: str) -> bool:
        return place.read_text() != came_to

    with storing(user) as stored:
        for _ in range(3):
            came_to = place.read_text()
            with running() as process:
                wait_until(partial(has_moved_from, came_to))
                process.kill()

    with running():
        wait_until(is_current)

    assert indexer.check() == ""
    assert indexer.trusted() is index
    assert sorted(found(index)) == sorted(stored)


@pytest.mark.django_db(transaction=True)
def test_what_is_killed_while_it_builds_is_built_by_the_next(index: Index) -> None:
    stored = [make_memory().pk for _ in range(200)]
    lexical.shelf().condemn(index, "a test")

    def is_building(another_than: int) -> bool:
        generations = list(settings.SEARCH_INDEX_DIR.glob("v*-*"))
        return len(generations) > another_than or bool(lexical.shelf().current())

    for before in (1, 2):
        with running() as process:
            wait_until(partial(is_building, another_than=before))
            process.kill()
    with running():
        wait_until(is_current)

    built = indexer.trusted()
    assert built
    assert sorted(found(built)) == sorted(stored)
    again = indexer.rebuild()
    assert [*settings.SEARCH_INDEX_DIR.glob("v*-*")] == [again.directory]
