"""The verbs: all of it, or nothing, and exactly one record."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import tokens
from accounts.actor import Channel, hub
from accounts.models import User
from audit.models import Record
from audit.trail import UnavailableError
from journal.models import Entry
from memories import mediator
from memories.errors import ConflictError, NotFoundError
from memories.models import Memory
from memories.schemas.draft import Amendment, Draft
from memories.storing import Status, Stored
from memories.tasks import remove_expired, tidy
from tests.conftest import Api, acting
from tests.factories import CONTENTS, make_draft, make_memory

KEYED = {"source": "slack", "external_id": "C1-1"}


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run the same work in many threads that start together."""
    barrier = threading.Barrier(count)

    def start(number: int) -> Any:
        barrier.wait(10)
        try:
            return work(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


class TestTogether:
    """Many callers at once."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def test_one_external_id_is_stored_once_and_then_updated(self, user: User) -> None:
        def store(number: int) -> Stored:
            draft = make_draft(content={"message": f"Version {number}"}, **KEYED)
            return mediator.store(actor=acting(user), draft=draft, now=timezone.now())

        outcomes = at_once(12, store)

        statuses = [outcome.status for outcome in outcomes]
        assert statuses.count(Status.STORED) == 1
        assert statuses.count(Status.UPDATED) == 11
        assert Memory.objects.get().version == 12
        versions = Entry.objects.values_list("version", flat=True).order_by("version")
        assert list(versions) == list(range(1, 13))
        assert Record.objects.filter(action="store").count() == 12

    def test_batches_with_the_same_keys_do_not_lock_each_other_out(
        self, user: User
    ) -> None:
        def store(number: int) -> list[Any]:
            keys = range(40) if number % 2 else reversed(range(40))
            drafts = [
                make_draft(
                    content={"message": f"{key} by {number}"},
                    source="slack",
                    external_id=str(key),
                )
                for key in keys
            ]
            return list(
                mediator.store_many(
                    actor=acting(user), drafts=drafts, now=timezone.now()
                )
            )

        outcomes = at_once(6, store)

        assert all(isinstance(each, Stored) for outcome in outcomes for each in outcome)
        assert Memory.objects.count() == 40
        assert set(Memory.objects.values_list("version", flat=True)) == {6}

    def test_one_external_id_is_stored_and_forgotten_again_and_again(
        self, user: User
    ) -> None:
        def store_or_forget(number: int) -> None:
            for _ in range(15):
                draft = make_draft(content={"message": str(number)}, **KEYED)
                now = timezone.now()
                stored = mediator.store(actor=acting(user), draft=draft, now=now)
                if number % 2:
                    with suppress(NotFoundError):
                        mediator.forget(
                            actor=acting(user), memory_id=stored.memory.pk, now=now
                        )

        assert at_once(6, store_or_forget) == [None] * 6

    def test_of_two_changes_on_one_version_one_is_told(self, user: User) -> None:
        memory = make_memory(owner=user)

        def amend(number: int) -> Memory:
            return mediator.amend(
                actor=acting(user),
                memory_id=memory.pk,
                amendment=Amendment(tags=[str(number)]),
                expected_version=1,
                now=timezone.now(),
            )

        outcomes = at_once(8, amend)

        refused = [one for one in outcomes if isinstance(one, ConflictError)]
        assert len(refused) == 7
        assert Memory.objects.get().version == 2
        assert Record.objects.filter(action="amend").count() == 8


class TestWithoutTheAudit:
    """When the record cannot be written."""

    @pytest.fixture(autouse=True)
    def _no_audit(self, user: User) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE audit_record "
                "ADD CONSTRAINT closed CHECK (seq < 0) NOT VALID"
            )

    def test_nothing_is_stored(self, user: User) -> None:
        with pytest.raises(UnavailableError):
            mediator.store(actor=acting(user), draft=make_draft(), now=timezone.now())

        assert not Memory.objects.exists()
        assert not Entry.objects.exists()

    def test_the_api_answers_503_and_shows_nothing(self, user: User) -> None:
        memory = make_memory(owner=user)

        answer = Api(user).get(f"memory/{memory.pk}")

        assert answer.status_code == 503
        assert "could not be recorded" in answer.json()["detail"]


class TestExpiry:
    """Removing what is over."""

    def test_what_has_expired_goes_in_small_batches(self, db: None) -> None:
        now = timezone.now()
        for _ in range(5):
            make_memory(expires_at=now - timedelta(seconds=1))
        kept = make_memory(expires_at=now + timedelta(hours=1))
        held = make_memory(expires_at=now - timedelta(days=1), legal_hold=True)
        actor = hub(Channel.TASK)

        removed = [mediator.expire(actor=actor, now=now, limit=2) for _ in range(4)]

        assert removed == [2, 2, 1, 0]
        assert set(Memory.objects.all()) == {kept, held}
        assert Entry.objects.filter(op="delete").count() == 5

    def test_the_task_removes_all_of_it_and_is_on_record(self, db: None) -> None:
        memory = make_memory(expires_at=timezone.now())

        assert remove_expired() == 1

        record = Record.objects.get(action="expire")
        assert (record.actor, record.channel) == ("memory-hub", "task")
        assert record.memory_ids == [memory.pk]

    def test_tidying_drops_what_nobody_asks_for(self, user: User) -> None:
        tokens.sign_in(user=user, now=timezone.now())
        assert tidy() == 0

        tokens.sign_in(user=user, now=timezone.now() - timedelta(days=8))
        assert tidy() == 1


def test_a_draft_that_another_tool_wrote_is_the_same_memory(user: User) -> None:
    draft = Draft(type="chat", content=CONTENTS["chat"], source="gong", external_id="1")
    actor, now = acting(user), timezone.now()

    first = mediator.store(actor=actor, draft=draft, now=now)
    again = mediator.store(actor=hub(Channel.COMMAND), draft=draft, now=now)

    assert again.memory.pk == first.memory.pk
    assert again.status is Status.UNCHANGED


def test_the_overview_counts_what_ends_soon(user: User) -> None:
    now = timezone.now()
    make_memory(owner=user, created_at=now, expires_at=now + timedelta(days=6))
    make_memory(owner=user, created_at=now - timedelta(days=8))

    overview = mediator.overview(actor=acting(user), now=now)

    assert overview.total == 2
    assert overview.stored_last_7_days == 1
    assert overview.expiring_next_7_days == 1
