"""memories.sealing: what is settled is sealed once, and in its order."""

from collections.abc import Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from pytest_django import Settings

from audit import canonical, seal
from audit.models import Block, Record
from audit.verify import verify
from horizon.order import START, Position
from journal import log
from journal.models import Entry
from journal.rebase import rebase
from memories import sealing, tasks
from tests.audit.writing import LATER, run, sealed, write
from tests.factories import NOW
from tests.journal.writing import append
from tests.sessions import settle, together, uncommitted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def heads_file(settings: Settings, tmp_path: Path) -> Path:
    file: Path = tmp_path / "heads.ndjson"
    settings.AUDIT_HEADS_FILE = file
    return file


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a block be full with three records."""
    monkeypatch.setattr(seal, "LIMIT", 3)


def seqs_of(blocks: Sequence[Block]) -> list[int]:
    return [seq for block in blocks for seq in block.seqs]


class TestSealing:
    def test_takes_all_in_blocks_that_are_chained(self, small: None) -> None:
        records = write(8)

        blocks = sealed()

        assert [len(block.seqs) for block in blocks] == [3, 3, 2]
        assert [block.number for block in blocks] == [1, 2, 3]
        assert [block.previous for block in blocks] == [
            seal.GENESIS,
            blocks[0].hash,
            blocks[1].hash,
        ]
        assert seqs_of(blocks) == [record.pk for record in records]

    def test_keeps_a_hash_of_each_record(self) -> None:
        records = write(2)

        (block,) = sealed()

        rows = canonical.rows(block.seqs)
        assert bytes(block.hashes) == b"".join(
            sha256(canonical.canonical(canonical.named(rows[one.pk]))).digest()
            for one in records
        )
        assert (block.first_at, block.last_at) == (records[0].at, records[1].at)

    def test_signs_with_the_key_of_the_settings(self, settings: Settings) -> None:
        write()

        (block,) = sealed()

        key = Ed25519PrivateKey.from_private_bytes(settings.AUDIT_SIGNING_KEY)
        key.public_key().verify(
            bytes.fromhex(block.signature), bytes.fromhex(block.hash)
        )

    def test_seals_nothing_twice(self) -> None:
        write(2)
        sealed()
        later = write(1)

        blocks = sealed()

        assert [len(block.seqs) for block in blocks] == [2, 1]
        assert blocks[1].seqs == [later[0].pk]
        assert len(sealed()) == 2

    def test_does_nothing_when_there_is_nothing(self, heads_file: Path) -> None:
        assert sealed() == []
        assert heads_file.read_text() == ""

    def test_waits_for_what_an_open_transaction_may_still_write(self) -> None:
        write(2)
        sealed()
        with uncommitted(lambda: write(1)):
            write(2)
            assert sealing.seal_audit(now=lambda: LATER) == 0

        _, block = sealed()

        assert len(block.seqs) == 3

    def test_is_done_once_by_many_at_once(self) -> None:
        write(5)
        settle()

        made = together(4, lambda: sealing.seal_audit(now=lambda: LATER))

        assert sum(made) == 1
        assert Block.objects.count() == 1

    def test_moves_no_cursor_past_a_block_that_was_not_written(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(2)
        settle()

        def fail(*_: object, **__: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr(log, "advance", fail)
            with pytest.raises(ConnectionError):
                sealing.seal_audit(now=lambda: LATER)

        assert Block.objects.count() == 0
        assert log.position(log.SEALING) == START
        assert len(sealed()) == 1

    def test_goes_on_where_it_was_without_its_cursor(self) -> None:
        write(2)
        sealed()
        write(1)
        log.leave(log.SEALING)

        assert [len(block.seqs) for block in sealed()] == [2, 1]


class TestTheLag:
    def test_is_how_long_the_oldest_record_has_waited(self) -> None:
        write(2)

        assert sealing.lag(now=LATER) == 300

    def test_is_nothing_once_all_is_sealed(self) -> None:
        write(2)
        sealed()

        assert sealing.lag(now=LATER) == 0

    def test_is_told_though_the_cursor_was_moved_ahead(self) -> None:
        write(2)
        sealed()
        log.advance(log.SEALING, to=Position(2**60, 0), now=NOW)
        write(1)
        sealed()

        assert sealing.lag(now=LATER) == 300

    def test_is_nothing_after_a_restore(self, small: None) -> None:
        write(3)
        with ExitStack() as open_until_later, transaction.atomic():
            run("SELECT pg_current_xact_id()")
            # Begun later, it is sealed last, and has the record of the lowest number.
            open_until_later.enter_context(uncommitted(lambda: write(1)))
            write(3)
        assert [len(block.seqs) for block in sealed()] == [3, 3, 1]
        rebase()

        assert sealing.lag(now=LATER) == 0


class TestARestore:
    @pytest.mark.parametrize("rewind", [False, True])
    def test_seals_nothing_twice_and_leaves_nothing_out(
        self, small: None, rewind: bool
    ) -> None:
        write(5)
        sealed()
        write(2)

        rebase(rewind=rewind)
        rebase(rewind=rewind)
        write(1)

        blocks = sealed()
        assert sorted(seqs_of(blocks)) == sorted(
            Record.objects.values_list("pk", flat=True)
        )
        assert verify(now=LATER).records == 8

    def test_knows_what_is_sealed_though_an_earlier_record_is_not(self) -> None:
        write(1)
        sealed()
        with ExitStack() as open_until_later:
            with transaction.atomic():
                run("SELECT pg_current_xact_id()")
                # Begun later, it writes the record of the lower number.
                open_until_later.enter_context(uncommitted(lambda: write(1)))
                write(1)
            assert sealing.seal_audit(now=lambda: LATER) == 1

        rebase(rewind=True)
        rebase(rewind=True)
        sealed()

        assert verify(now=LATER).records == 3


class TestTheTask:
    def test_seals(self) -> None:
        write()
        settle()

        assert tasks.seal_audit() == 1

    def test_seals_where_the_file_of_heads_cannot_be_written(
        self, settings: Settings, heads_file: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        heads_file.mkdir()
        write()
        settle()

        tasks.seal_audit()

        assert Block.objects.count() == 1
        assert "audit_heads_not_written" in caplog.text
        heads_file.rmdir()
        tasks.seal_audit()
        assert len(heads_file.read_text().splitlines()) == 1

    def test_seals_where_the_end_of_the_file_is_no_head(
        self, heads_file: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        heads_file.write_text('{"number": "one"}\n')
        write()
        settle()

        tasks.seal_audit()

        assert Block.objects.count() == 1
        assert "audit_heads_not_written" in caplog.text

    def test_takes_no_other_fault_for_one_of_the_file(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(**_: object) -> None:
            msg = "a fault of the sealer's own"
            raise ValueError(msg)

        monkeypatch.setattr(seal, "seal", fail)

        with pytest.raises(ValueError, match="the sealer's own"):
            tasks.seal_audit()

    def test_says_that_it_has_no_key(self, settings: Settings) -> None:
        settings.AUDIT_SIGNING_KEY = None
        write()
        settle()

        with pytest.raises(seal.NoSignerError, match="AUDIT_SIGNING_KEY is none"):
            tasks.seal_audit()
        assert Block.objects.count() == 0


class TestTheJournal:
    def test_is_pruned_without_waiting_for_the_audits_readers(self) -> None:
        append(1)
        append(1, version=2, op=Entry.Op.DELETE)
        for name in log.AUDIT_READERS:
            log.advance(name, to=START, now=NOW)
        settle()

        assert log.prune(topic="memory", limit=10) == 1
