"""memories.cache: the heavy columns by id and version, and never an old version."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_redis import get_redis_connection

from accounts.models import User
from memories import cache, mediator
from memories.models import Memory
from memories.schemas.draft import Amendment
from memories.schemas.registry import registry
from memoryhub.embedded.valkey import Valkey
from tests.conftest import acting
from tests.factories import NOW, make_memory
from tests.sessions import uncommitted

pytestmark = pytest.mark.django_db

HEAVY = '"memories_memory"."content"'


def read() -> list[Memory]:
    return cache.read(Memory.objects.order_by("title"))


def messages() -> list[str]:
    return [memory.content["message"] for memory in read()]


def statements(call: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        call()
    return [query["sql"] for query in captured.captured_queries]


def rewrite(memory: Memory, message: str) -> None:
    """Write the next version of a memory."""
    Memory.objects.filter(pk=memory.pk).update(
        content={"message": message}, version=memory.version + 1
    )


class TestReading:
    def test_asks_postgresql_for_heavy_columns_once(self) -> None:
        make_memory()

        first, second = statements(read), statements(read)

        assert [HEAVY in sql for sql in first] == [False, True]
        assert [HEAVY in sql for sql in second] == [False]

    def test_gives_the_same_memory_from_either_tier(self) -> None:
        make_memory(
            content={"message": "é 漢 🙂 \u2028", "sentiment": -0.5, "topics": []},
            metadata={"n": 12345678901234567890, "deep": [{"a": None, "b": True}]},
            tags=["a"],
        )

        (cold,), (warm,) = read(), read()

        for column in ("content", "metadata", "title", "tags", "version"):
            assert getattr(warm, column) == getattr(cold, column)
        assert not warm.get_deferred_fields()

    def test_fetches_what_is_cold_beside_what_is_warm(self) -> None:
        for title in "ac":
            make_memory(title=title, content={"message": title})
        read()
        make_memory(title="b", content={"message": "b"})

        heavy = [sql for sql in statements(read) if HEAVY in sql]

        assert len(heavy) == 1
        assert messages() == ["a", "b", "c"]

    @pytest.mark.parametrize("type_", ["chat", "event", "insight", "decision"])
    def test_keeps_a_memory_as_long_as_its_type_says(self, type_: str) -> None:
        make_memory(type=type_)
        read()

        (key,) = get_redis_connection().keys("*memory*")

        seconds = registry().latest(type_).cache_ttl.total_seconds()
        assert seconds - 10 < get_redis_connection().ttl(key) <= seconds

    def test_of_nothing_asks_nothing_more(self) -> None:
        assert read() == []
        assert len(statements(read)) == 1


class TestAChange:
    def test_is_seen_by_the_next_reading(self) -> None:
        memory = make_memory()
        read()

        rewrite(memory, "changed")

        assert messages() == ["changed"]

    def test_is_seen_after_the_verbs(self, user: User) -> None:
        memory, actor = make_memory(owner=user), acting(user)
        mediator.retrieve(actor=actor, ids=[memory.pk], now=NOW)
        mediator.amend(
            actor=actor,
            memory_id=memory.pk,
            amendment=Amendment(content={"message": "changed"}),
            expected_version=1,
            now=NOW,
        )

        found = mediator.retrieve(actor=actor, ids=[memory.pk], now=NOW).memories

        assert [one.content["message"] for one in found] == ["changed"]

    @pytest.mark.django_db(transaction=True)
    def test_outlives_a_reader_that_puts_the_old_version_back_late(self) -> None:
        memory = make_memory(content={"message": "old"})

        with uncommitted(lambda: rewrite(memory, "changed")):
            cache.drop([memory])
            assert messages() == ["old"]

        assert messages() == ["changed"]

    def test_between_the_two_queries_gives_the_later_version(self) -> None:
        memory = make_memory(content={"message": "old"})

        with just_before_the_heavy_query(lambda: rewrite(memory, "changed")):
            (found,) = read()

        assert (found.version, found.content["message"]) == (2, "changed")
        assert messages() == ["changed"]


class TestADeletion:
    def test_between_the_two_queries_leaves_the_memory_out(self) -> None:
        stays, goes = make_memory(title="stays"), make_memory(title="goes")

        with just_before_the_heavy_query(
            lambda: Memory.objects.filter(pk=goes.pk).delete()
        ):
            found = read()

        assert found == [stays]

    def test_is_seen_though_the_cache_has_the_memory(self) -> None:
        make_memory()
        read()

        Memory.objects.all().delete()

        assert read() == []


class TestDropping:
    def test_takes_a_version_out(self) -> None:
        memory, other = make_memory(), make_memory()
        read()

        cache.drop([memory])

        (key,) = get_redis_connection().keys("*memory*")
        assert str(other.pk) in key.decode()


class TestWithoutRedis:
    def test_postgresql_answers_when_redis_has_stopped(self, own_redis: Valkey) -> None:
        memory = make_memory()
        read()
        own_redis.process.stop()

        assert read() == [memory]
        cache.drop([memory])
        assert messages() == [memory.content["message"]]

    def test_postgresql_answers_soon_when_redis_hangs(self, own_redis: Valkey) -> None:
        memory = make_memory()
        read()

        with hanging():
            began = time.monotonic()
            for _ in range(20):
                assert read() == [memory]
            assert time.monotonic() - began < 1


@contextmanager
def hanging() -> Iterator[None]:
    """Let the test's own Redis hang."""
    pid = get_redis_connection().info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def just_before_the_heavy_query(act: Callable[[], object]) -> Iterator[None]:
    """Act between the query that names the memories and the one that fetches them."""
    acted = False

    def intervene(execute: Any, sql: str, *rest: Any) -> Any:
        nonlocal acted
        if HEAVY in sql and not acted:
            acted = True
            act()
        return execute(sql, *rest)

    with connection.execute_wrapper(intervene):
        yield
    assert acted
