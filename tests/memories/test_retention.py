"""memories.retention: how long each type is kept, and who decides on it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.actor import Channel, hub
from accounts.models import User
from accounts.roles import Role
from audit.models import Record
from memories import mediator, retention
from memories.errors import ForbiddenError
from memories.models import Memory, RetentionPolicy
from memories.retention import Retention, expiry
from memories.schemas.registry import registry
from tests.conftest import acting
from tests.factories import NOW, make_draft, make_memory, make_user

DAY = timedelta(days=1)
DEFAULTS = {"chat": 365, "event": 730, "insight": 1095, "decision": 2555}


def decide(actor: User, type_: str, days: int | None) -> None:
    retention.decide(actor=acting(actor), type_=type_, days=days, now=NOW)


def end_of(memory: Memory) -> datetime | None:
    memory.refresh_from_db()
    return memory.expires_at


class TestTheEndOfAMemory:
    @pytest.mark.parametrize(
        ("days", "age_in_days", "ttl_seconds", "end"),
        [
            (None, 0, None, None),
            (10, 0, None, NOW + 10 * DAY),
            (10, 4, None, NOW + 6 * DAY),
            (None, 0, 60, NOW + timedelta(seconds=60)),
            (10, 0, 86400, NOW + DAY),
            (10, 0, 20 * 86400, NOW + 10 * DAY),
            (10, 4, 7 * 86400, NOW + 6 * DAY),
            (10, 40, 86400, NOW - 30 * DAY),
        ],
    )
    def test_is_its_own_within_its_types(
        self,
        days: int | None,
        age_in_days: int,
        ttl_seconds: int | None,
        end: datetime | None,
    ) -> None:
        found = expiry(
            retention=Retention("chat", days, is_default=True),
            created_at=NOW - age_in_days * DAY,
            ttl_seconds=ttl_seconds,
            now=NOW,
        )

        assert found == end


@pytest.mark.django_db
class TestThePolicies:
    def test_are_the_schemas_until_somebody_decides(self) -> None:
        found = retention.policies()

        assert {policy.type: policy.days for policy in found.values()} == DEFAULTS
        assert all(policy.is_default for policy in found.values())
        assert set(found) == set(registry().types)

    @pytest.mark.parametrize("days", [1, 30, 36_500, None])
    def test_are_what_was_decided(self, ceo: User, days: int | None) -> None:
        decide(ceo, "chat", days)

        found = retention.policies()
        assert found["chat"] == Retention("chat", days, is_default=False)
        assert found["event"] == Retention("event", 730, is_default=True)

    def test_are_the_last_that_was_decided(self, ceo: User) -> None:
        decide(ceo, "chat", 30)
        decide(ceo, "chat", 60)

        assert retention.policies()["chat"].days == 60
        assert RetentionPolicy.objects.get().updated_at == NOW

    def test_may_return_to_the_schemas(self, ceo: User) -> None:
        decide(ceo, "chat", 30)

        retention.return_to_default(actor=acting(ceo), type_="chat", now=NOW)

        assert retention.policies()["chat"] == Retention("chat", 365, is_default=True)

    @pytest.mark.parametrize("days", [0, 36_501])
    def test_are_sensible(self, ceo: User, days: int) -> None:
        with pytest.raises(IntegrityError, match="days_sensible"), transaction.atomic():
            decide(ceo, "chat", days)

        assert retention.policies()["chat"].is_default

    def test_hold_for_what_is_stored(self, ceo: User) -> None:
        decide(ceo, "chat", 30)

        stored = mediator.store(actor=acting(ceo), draft=make_draft(), now=NOW)

        assert stored.memory.expires_at == NOW + 30 * DAY


@pytest.mark.django_db
class TestADecision:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (None, NOW + 20 * DAY),
            (NOW + 300 * DAY, NOW + 20 * DAY),
            (NOW + 5 * DAY, NOW + 5 * DAY),
        ],
    )
    def test_shortens_what_is_stored(
        self, ceo: User, before: datetime | None, after: datetime
    ) -> None:
        memory = make_memory(created_at=NOW - 10 * DAY, expires_at=before)

        decide(ceo, "chat", 30)

        assert end_of(memory) == after

    @pytest.mark.parametrize("days", [60, None])
    def test_lengthens_nothing_that_is_stored(
        self, ceo: User, days: int | None
    ) -> None:
        memory = make_memory(expires_at=NOW + 30 * DAY)

        decide(ceo, "chat", days)

        assert end_of(memory) == NOW + 30 * DAY

    def test_leaves_other_types_alone(self, ceo: User) -> None:
        memory = make_memory(type="event", expires_at=NOW + 300 * DAY)

        decide(ceo, "chat", 30)

        assert end_of(memory) == NOW + 300 * DAY

    def test_to_return_to_the_default_shortens_too(self, ceo: User) -> None:
        decide(ceo, "chat", None)
        memory = make_memory(expires_at=None)

        retention.return_to_default(actor=acting(ceo), type_="chat", now=NOW)

        assert end_of(memory) == NOW + 365 * DAY

    def test_leaves_one_record(self, ceo: User) -> None:
        decide(ceo, "chat", 30)

        record = Record.objects.get()
        assert (record.actor, record.action) == (ceo.email, "set_retention")
        assert record.outcome == "allowed"

    def test_may_be_the_hubs_own(self, db: None) -> None:
        retention.decide(actor=hub(Channel.COMMAND), type_="chat", days=30, now=NOW)

        assert retention.policies()["chat"].days == 30


def return_to_default(actor: User) -> None:
    retention.return_to_default(actor=acting(actor), type_="chat", now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MANAGER, Role.USER, Role.SERVICE])
@pytest.mark.parametrize(
    "attempt",
    [lambda actor: decide(actor, "chat", 1), return_to_default],
    ids=["decide", "return_to_default"],
)
def test_nobody_but_the_ceo_decides(
    role: Role, attempt: Callable[[User], None]
) -> None:
    RetentionPolicy.objects.create(type="chat", days=30, updated_at=NOW)
    memory = make_memory(expires_at=None)

    with pytest.raises(ForbiddenError, match="Only the CEO"):
        attempt(make_user(role=role))

    assert retention.policies()["chat"].days == 30
    assert end_of(memory) is None
    assert Record.objects.get().outcome == "refused"
