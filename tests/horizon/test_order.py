"""horizon: places in an append-only table, and the rows past them."""

import pytest
from django.db import transaction

from horizon.order import START, Position, past, settled, up_to
from journal.models import Entry
from tests.factories import NOW
from tests.sessions import settle

TWICE_AROUND = 2**33
"""A transaction id that no 32 bits hold."""


def make_entry(xid: int) -> Entry:
    return Entry.objects.create(
        xid=xid, at=NOW, topic="memory", key=f"{xid:032x}", version=1, op="put", body={}
    )


def xids(condition: object) -> list[int]:
    entries = Entry.objects.filter(condition).order_by("xid", "seq")
    return list(entries.values_list("xid", flat=True))


@pytest.mark.django_db
class TestAPlace:
    def test_lies_before_what_a_later_transaction_wrote_first(self) -> None:
        later, earlier = make_entry(xid=20), make_entry(xid=10)
        place = Position(earlier.xid, earlier.seq)

        assert later.seq < earlier.seq
        assert xids(past(place)) == [20]
        assert xids(up_to(place)) == [10]

    def test_lies_within_a_transaction(self) -> None:
        first, _ = make_entry(xid=10), make_entry(xid=10)
        place = Position(first.xid, first.seq)

        assert xids(past(place)) == [10]
        assert xids(up_to(place)) == [10]

    def test_is_compared_as_a_number(self) -> None:
        nine, _ = make_entry(xid=9), make_entry(xid=10)

        assert xids(past(Position(nine.xid, nine.seq))) == [10]

    def test_may_lie_past_32_bits(self) -> None:
        make_entry(xid=TWICE_AROUND)
        make_entry(xid=7)

        assert xids(past(START)) == [7, TWICE_AROUND]
        assert xids(past(Position(TWICE_AROUND, 0))) == [TWICE_AROUND]
        assert Entry.objects.get(xid=TWICE_AROUND).xid == TWICE_AROUND


@pytest.mark.django_db(transaction=True)
class TestARow:
    def test_knows_the_transaction_that_wrote_it(self) -> None:
        with transaction.atomic():
            first, second = (written_now() for _ in range(2))
        third = written_now()

        assert first.xid == second.xid < third.xid

    def test_is_settled_once_its_transaction_is_over(self) -> None:
        with transaction.atomic():
            written_now()
            assert not Entry.objects.filter(settled()).exists()
        settle()

        assert Entry.objects.filter(settled()).exists()


def written_now() -> Entry:
    entry = Entry.objects.create(
        at=NOW, topic="memory", key=f"{1:032x}", version=1, op="put", body={}
    )
    entry.refresh_from_db()
    return entry
