"""audit.pruning: what the policy keeps no longer goes, by whole blocks."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from audit import seal, tasks
from audit.models import Block, Record
from audit.pruning import prune
from audit.verify import BrokenError, verify
from tests.audit.writing import disarm, run, sealed, write

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.now()


@pytest.fixture(autouse=True)
def _a_block_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "LIMIT", 2)


class TestPruning:
    def test_drops_whole_blocks_past_the_policy(self) -> None:
        write(4, at=TODAY - timedelta(days=800))
        write(2, at=TODAY - timedelta(days=600))
        sealed(now=TODAY)

        assert prune(now=TODAY) == 4

        assert Record.objects.count() == 2
        pruned = Block.objects.order_by("number").values_list("pruned_at", flat=True)
        assert list(pruned) == [TODAY, TODAY, None]

    def test_keeps_a_block_until_its_last_record_is_past_it(self) -> None:
        write(1, at=TODAY - timedelta(days=800))
        write(1, at=TODAY - timedelta(days=10))
        sealed(now=TODAY)

        assert prune(now=TODAY) == 0

    def test_goes_by_the_setting(self, settings: Settings) -> None:
        write(2, at=TODAY - timedelta(days=500))
        sealed(now=TODAY)
        assert prune(now=TODAY) == 0
        settings.AUDIT_MONTHS = 12

        assert prune(now=TODAY) == 2

    def test_keeps_what_is_not_sealed(self) -> None:
        write(2, at=TODAY - timedelta(days=800))

        assert prune(now=TODAY) == 0
        assert Record.objects.count() == 2

    def test_may_be_repeated(self) -> None:
        write(2, at=TODAY - timedelta(days=800))
        sealed(now=TODAY)
        prune(now=TODAY)

        assert prune(now=TODAY) == 0

    def test_leaves_a_chain_that_verifies_and_goes_on(self) -> None:
        write(4, at=TODAY - timedelta(days=800))
        sealed(now=TODAY)
        assert tasks.prune() == 4
        write(2, at=TODAY)
        sealed(now=TODAY)

        found = verify(now=timezone.now())

        assert (found.blocks, found.records, found.pruned) == (3, 2, 4)


class TestAFalseMark:
    def test_is_found(self, rearmed: None) -> None:
        write(2, at=TODAY - timedelta(days=300))
        sealed(now=TODAY)
        disarm()
        run("UPDATE audit_block SET pruned_at = now()")
        run("DELETE FROM audit_record")

        with pytest.raises(BrokenError, match=r"Block 1 .*younger than 12 months"):
            verify(now=timezone.now())

    def test_is_found_where_it_was_marked_before_its_time(self, rearmed: None) -> None:
        write(2, at=TODAY - timedelta(days=400))
        sealed(now=TODAY)
        disarm()
        run("UPDATE audit_block SET pruned_at = now() - interval '200 days'")
        run("DELETE FROM audit_record")

        with pytest.raises(BrokenError, match="younger than 12 months"):
            verify(now=timezone.now())

    def test_is_missed_when_the_mark_is_taken_back(self, rearmed: None) -> None:
        write(2, at=TODAY - timedelta(days=800))
        sealed(now=TODAY)
        prune(now=TODAY)
        disarm()
        run("UPDATE audit_block SET pruned_at = NULL")

        with pytest.raises(BrokenError, match="of block 1 is missing"):
            verify(now=timezone.now())
