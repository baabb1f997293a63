"""audit.pruning: what the policy keeps no longer goes, by whole blocks."""

import base64
from datetime import datetime, timedelta

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


def mark(block: Block, *, at: datetime) -> None:
    """Sign that a block was pruned, as only who has the key can."""
    block.pruned_at = at
    seal.sign_pruning(block, seal.signer())
    block.save(update_fields=["pruned_at", "pruned_signature"])


class TestAFalseMark:
    def test_is_found_however_old_the_records_were(self) -> None:
        write(2, at=TODAY - timedelta(days=500))
        sealed(now=TODAY)
        run("UPDATE audit_block SET pruned_at = now()")
        run("SELECT audit_prune(1)")

        with pytest.raises(BrokenError, match=r"^Block 1 .*pruned it by hand"):
            verify(now=timezone.now())

    def test_is_found_where_another_time_was_signed(self, rearmed: None) -> None:
        write(2, at=TODAY - timedelta(days=800))
        sealed(now=TODAY)
        prune(now=TODAY)
        disarm()
        run("UPDATE audit_block SET pruned_at = pruned_at - interval '1 second'")

        with pytest.raises(BrokenError, match="pruned it by hand"):
            verify(now=timezone.now())

    def test_is_found_where_the_records_were_too_young(self, rearmed: None) -> None:
        write(2, at=TODAY - timedelta(days=300))
        (block,) = sealed(now=TODAY)
        disarm()
        mark(block, at=TODAY)
        run("DELETE FROM audit_record")

        with pytest.raises(BrokenError, match=r"Block 1 .*younger than 12 months"):
            verify(now=timezone.now())

    def test_is_found_where_it_was_marked_before_its_time(self, rearmed: None) -> None:
        write(2, at=TODAY - timedelta(days=400))
        (block,) = sealed(now=TODAY)
        disarm()
        mark(block, at=TODAY - timedelta(days=200))
        run("DELETE FROM audit_record")

        with pytest.raises(BrokenError, match="younger than 12 months"):
            verify(now=timezone.now())

    def test_is_trusted_when_it_is_of_an_older_key(self, settings: Settings) -> None:
        write(2, at=TODAY - timedelta(days=800))
        sealed(now=TODAY)
        prune(now=TODAY)
        old = seal.public_key()
        settings.AUDIT_SIGNING_KEY = bytes(range(32))
        settings.AUDIT_VERIFY_KEYS = [base64.b64decode(old)]

        assert verify(now=timezone.now()).pruned == 2

    def test_is_missed_when_the_mark_is_taken_back(self, rearmed: None) -> None:
        write(2, at=TODAY - timedelta(days=800))
        sealed(now=TODAY)
        prune(now=TODAY)
        disarm()
        run("UPDATE audit_block SET pruned_at = NULL, pruned_signature = ''")

        with pytest.raises(BrokenError, match="of block 1 is missing"):
            verify(now=timezone.now())
