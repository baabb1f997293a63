"""mediator: who makes service accounts, gives them secrets and lists them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import ServiceSecret, User
from accounts.roles import Role
from audit.models import Record
from memories import mediator
from memories.errors import ForbiddenError, InvalidError
from tests.conftest import acting
from tests.factories import NOW, make_user

ADDRESS = "service-x@example.com"


def create(person: User) -> object:
    return mediator.create_service(actor=acting(person), email="a@b.example", now=NOW)


def rotate(person: User) -> object:
    return mediator.rotate_secret(
        actor=acting(person), email=ADDRESS, overlap=timedelta(), now=NOW
    )


def list_them(person: User) -> object:
    return mediator.services(actor=acting(person), now=NOW)


@pytest.mark.parametrize(
    ("verb", "action"),
    [
        (create, "account_create"),
        (rotate, "account_change"),
        (list_them, "account_list"),
    ],
)
class TestAccounts:
    @pytest.fixture(autouse=True)
    def _a_service(self, db: None) -> None:
        make_user(email=ADDRESS, role=Role.SERVICE)

    def test_are_the_ceos(
        self, ceo: User, verb: Callable[[User], object], action: str
    ) -> None:
        assert verb(ceo)

        record = Record.objects.get()
        assert (record.actor, record.action) == (ceo.email, action)
        assert record.outcome == "allowed"

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.USER, Role.SERVICE])
    def test_are_nobody_elses(
        self, role: Role, verb: Callable[[User], object], action: str
    ) -> None:
        somebody = make_user(role=role)

        with pytest.raises(ForbiddenError, match="Only the CEO"):
            verb(somebody)

        assert User.objects.count() == 2
        assert not ServiceSecret.objects.exists()
        record = Record.objects.get()
        assert (record.action, record.outcome) == (action, "refused")


def test_what_is_wrong_with_an_address_is_said_of_it(ceo: User) -> None:
    with pytest.raises(InvalidError) as error:
        mediator.create_service(actor=acting(ceo), email="no address", now=NOW)

    assert [fault.pointer for fault in error.value.faults] == ["email"]
