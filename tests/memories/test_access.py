"""memories.access: one record of each access, and what it says of a refusal."""

import pytest

from accounts.models import User
from audit.models import Record
from memories.access import accessing
from memories.errors import NotFoundError
from tests.conftest import acting
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_it_works(user: User) -> None:
    with accessing(actor=acting(user), action="search", now=NOW) as access:
        access.returned = 3

    record = Record.objects.get()
    assert (record.outcome, record.returned) == ("allowed", 3)


def test_a_refusal_returned_nothing_whatever_was_found_before(user: User) -> None:
    with (
        pytest.raises(NotFoundError),
        accessing(actor=acting(user), action="search", now=NOW) as access,
    ):
        access.returned = 3
        raise NotFoundError

    record = Record.objects.get()
    assert (record.outcome, record.reason) == ("refused", NotFoundError.reason)
    assert record.returned == 0
