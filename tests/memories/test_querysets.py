"""memories.querysets: clauses that chain."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from memories.models import Annotation, Memory
from tests.factories import NOW, make_memory, share

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def counts(memory: Memory) -> tuple[int, int]:
    """Return how many annotations a memory has, and with how many it is shared."""
    (counted,) = Memory.objects.filter(pk=memory.pk).with_counts()
    counts = vars(counted)
    return counts["annotations_count"], counts["shared_with_count"]


def titles(memories: Iterable[Memory]) -> list[str]:
    return [memory.title for memory in memories]


class TestLife:
    @pytest.mark.parametrize(
        ("expires_at", "held", "lives"),
        [
            (None, False, True),
            (NOW + SECOND, False, True),
            (NOW, False, False),
            (NOW - SECOND, False, False),
            (NOW - SECOND, True, True),
        ],
    )
    def test_ends_at_its_time_unless_it_is_held(
        self, expires_at: datetime | None, held: bool, lives: bool
    ) -> None:
        make_memory(expires_at=expires_at, legal_hold=held)

        assert Memory.objects.live(NOW).exists() is lives
        assert Memory.objects.expired(NOW).exists() is not lives


class TestNarrowing:
    def test_keeps_some_types(self) -> None:
        for type_ in ("chat", "event", "insight"):
            make_memory(type=type_, title=type_)

        found = Memory.objects.of_type("chat", "insight").order_by("title")

        assert titles(found) == ["chat", "insight"]

    def test_keeps_what_happened_from_a_moment_up_to_another(self) -> None:
        for title, offset in (("before", -1), ("first", 0), ("last", 9), ("after", 10)):
            make_memory(title=title, occurred_at=NOW + offset * SECOND)
        end = NOW + 10 * SECOND

        by_time = Memory.objects.order_by("occurred_at")

        between, since, until = (
            titles(by_time.occurring_between(*span))
            for span in ((NOW, end), (NOW, None), (None, end))
        )
        assert between == ["first", "last"]
        assert since == ["first", "last", "after"]
        assert until == ["before", "first", "last"]

    def test_keeps_some_ids(self) -> None:
        first, _, third = (make_memory() for _ in range(3))

        found = Memory.objects.with_ids([third.pk, first.pk])

        assert {one.pk for one in found} == {first.pk, third.pk}
        assert not Memory.objects.with_ids([]).exists()


class TestOrdering:
    def test_is_by_when_it_happened_and_then_by_id(self) -> None:
        older = make_memory(occurred_at=NOW - SECOND)
        first, second = make_memory(), make_memory()

        assert list(Memory.objects.newest_first()) == [second, first, older]


class TestCounting:
    def test_tells_annotations_from_shares(self, user: User, outsider: User) -> None:
        memory, other = make_memory(), make_memory()
        for body in ("a", "b", "c"):
            Annotation.objects.create(memory=memory, body=body, created_at=NOW)
        share(memory, user)
        share(memory, outsider, can="change")
        share(memory, Group.objects.create(name="Sales"))
        share(other, user)

        assert counts(memory) == (3, 3)
        assert counts(other) == (0, 1)

    def test_is_nought_where_there_is_nothing(self) -> None:
        assert counts(make_memory()) == (0, 0)

    def test_counts_once_whom_a_memory_is_shared_with_twice(self, user: User) -> None:
        memory, group = make_memory(), Group.objects.create(name="Sales")
        for holder in (user, group):
            for can in ("view", "change"):
                share(memory, holder, can=can)

        assert counts(memory) == (0, 2)
