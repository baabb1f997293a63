"""audit.verify: whatever is done to a sealed log, it is found, and named."""

import base64
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from pytest_django import Settings

from audit import canonical, heads, seal, trail
from audit.models import Block, Record
from audit.verify import BrokenError, Kept, verify
from tests.audit.writing import LATER, disarm, run, sealed, write
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

TAMPERINGS = 1000
PER_BLOCK = 4

_EDITS = {
    "seq": "seq + 100000",
    "at": "at + interval '1 microsecond'",
    "actor_id": "coalesce(actor_id, 0) + 1",
    "actor_subject_id": "gen_random_uuid()",
    "actor_ciphertext": "actor_ciphertext || '\\x00'",
    "behalf_subject_id": "gen_random_uuid()",
    "behalf_ciphertext": "coalesce(behalf_ciphertext, '') || '\\x00'",
    "role": "'CEO'",
    "channel": "'mcp'",
    "action": "'forget'",
    "memory_ids": "memory_ids || gen_random_uuid()",
    "memory_count": "memory_count + 1",
    "memory_digest": "repeat('0', 64)",
    "outcome": "'refused'",
    "reason": "'forbidden'",
    "returned": "returned + 1",
    "query_digest": "repeat('0', 64)",
    "request_id": "request_id || 'x'",
}
"""Each column, and what a tamperer puts there; `xid` is no evidence."""

_BLOCK_EDITS = {
    "number": "number + 100",
    "seqs": "array_append(seqs, 1)",
    "hashes": "set_byte(hashes, 5, 255 - get_byte(hashes, 5))",
    "first_at": "first_at - interval '1 day'",
    "last_at": "last_at + interval '1 day'",
    "previous": "repeat('1', 64)",
    "hash": "repeat('1', 64)",
    "signature": "repeat('1', 128)",
    "key_id": "repeat('1', 16)",
    "sealed_at": "sealed_at + interval '1 day'",
    "pruned_at": "now()",
    "pruned_signature": "repeat('1', 128)",
}


@dataclass(frozen=True)
class Log:
    """A sealed log: what a tamperer finds."""

    records: list[int]
    blocks: int
    file: Path
    chance: random.Random

    def record(self) -> int:
        return self.chance.choice(self.records)

    def block(self) -> int:
        return self.chance.randint(1, self.blocks)

    def check(self) -> None:
        verify(now=LATER, kept=[Kept("the file", heads.read(self.file))])


@pytest.fixture
def log(
    rearmed: None, heads_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Log]:
    """A log of 24 records in six blocks, with nothing that guards it."""
    monkeypatch.setattr(seal, "LIMIT", PER_BLOCK)
    records = write(24, behalf="boss@example.com")
    blocks = sealed()
    disarm()
    yield Log(
        records=[record.pk for record in records],
        blocks=len(blocks),
        file=heads_file,
        chance=random.Random(7),  # noqa: S311 - the same each time
    )


def put(column: str, *, record: int = 0, block: int = 0) -> str:
    """Put something else into a column of a record or a block."""
    table, key, edits = (
        ("audit_record", "seq", _EDITS)
        if record
        else ("audit_block", "number", _BLOCK_EDITS)
    )
    statement = f"UPDATE {table} SET {column} = {edits[column]} WHERE {key} = %s"  # noqa: S608 - ours
    run(statement, [record or block])
    return column


def edit(log: Log) -> str:
    return put(log.chance.choice(sorted(_EDITS)), record=log.record())


def edit_block(log: Log) -> str:
    return put(log.chance.choice(sorted(_BLOCK_EDITS)), block=log.block())


def delete(log: Log) -> str:
    doomed = log.chance.sample(log.records, log.chance.randint(1, 5))
    run("DELETE FROM audit_record WHERE seq = ANY(%s)", [doomed])
    return str(doomed)


def insert(log: Log) -> str:
    """Write one more record as if it had stood among the others from the first."""
    beside = log.record()
    last = "(SELECT max(xid) FROM audit_record)"
    columns = ", ".join(sorted(_EDITS.keys() - {"seq"}))
    seq = log.chance.choice([-5, 0, log.records[-1] - 100_000])
    run(
        f"INSERT INTO audit_record (seq, xid, {columns}) "  # noqa: S608 - ours
        f"SELECT %s, least(xid, {last}), {columns} FROM audit_record WHERE seq = %s",
        [seq, beside],
    )
    return str(seq)


def reorder(log: Log) -> str:
    """Let two records change places."""
    one, other = log.chance.sample(log.records, 2)
    run("UPDATE audit_record SET seq = -1 WHERE seq = %s", [one])
    run("UPDATE audit_record SET seq = %s WHERE seq = %s", [one, other])
    run("UPDATE audit_record SET seq = %s WHERE seq = -1", [other])
    return f"{one} {other}"


def reorder_in_a_block(log: Log) -> str:
    run(
        "UPDATE audit_block SET seqs = seqs[2:] || seqs[1:1] WHERE number = %s",
        [log.block()],
    )
    return ""


def truncate(log: Log) -> str:
    """Cut the end off: the last blocks with all their records."""
    first = log.chance.choice([1, log.block()])
    run(
        "DELETE FROM audit_record WHERE seq IN "
        "(SELECT unnest(seqs) FROM audit_block WHERE number >= %s)",
        [first],
    )
    run("DELETE FROM audit_block WHERE number >= %s", [first])
    return str(first)


def truncate_table(log: Log) -> str:
    table = log.chance.choice(["audit_record", "audit_block"])
    run(f"TRUNCATE {table}")
    return table


def delete_block(log: Log) -> str:
    number = log.block()
    run("DELETE FROM audit_block WHERE number = %s", [number])
    return str(number)


def swap_blocks(log: Log) -> str:
    one, other = log.chance.sample(range(1, log.blocks + 1), 2)
    run("UPDATE audit_block SET number = -1 WHERE number = %s", [one])
    run("UPDATE audit_block SET number = %s WHERE number = %s", [one, other])
    run("UPDATE audit_block SET number = %s WHERE number = -1", [other])
    return f"{one} {other}"


def forge(log: Log) -> str:
    """Change a record and seal everything from there on anew, with another key."""
    first = log.block()
    changed = log.chance.choice(Block.objects.get(pk=first).seqs)
    run("UPDATE audit_record SET action = 'forged' WHERE seq = %s", [changed])
    forger = seal.Signer(Ed25519PrivateKey.generate())
    _seal_anew(first, forger, own_name=log.chance.choice([True, False]))
    return f"{changed} of {first}"


def rewrite(log: Log) -> str:
    """The same with the true key, by somebody who has stolen that."""
    first = log.block()
    changed = log.chance.choice(Block.objects.get(pk=first).seqs)
    run("UPDATE audit_record SET outcome = 'refused' WHERE seq = %s", [changed])
    _seal_anew(first, seal.signer(), own_name=True)
    return f"{changed} of {first}"


def _seal_anew(first: int, by: seal.Signer, *, own_name: bool) -> None:
    previous = Block.objects.filter(pk=first - 1).values_list("hash", flat=True).first()
    for block in Block.objects.filter(pk__gte=first).order_by("pk"):
        found = canonical.rows(block.seqs)
        block.hashes = b"".join(canonical.digest(found[seq]) for seq in block.seqs)
        block.previous = previous or seal.GENESIS
        seal.sign(block, by)
        if not own_name:
            block.key_id = seal.signer().key_id
            block.hash = seal.hash_of(block)
            block.signature = by.sign(block.hash)
        block.save()
        previous = block.hash


WAYS: tuple[Callable[[Log], str], ...] = (
    edit,
    edit,
    edit_block,
    delete,
    insert,
    reorder,
    reorder_in_a_block,
    truncate,
    truncate_table,
    delete_block,
    swap_blocks,
    forge,
    rewrite,
)


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever is done in the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class TestASealedLog:
    def test_verifies(self, log: Log) -> None:
        found = verify(now=LATER, kept=[Kept("the file", heads.read(log.file))])

        assert (found.records, found.blocks, found.unsealed) == (24, 6, 0)

    def test_verifies_while_it_grows(self, log: Log) -> None:
        write(3)

        assert verify(now=LATER).unsealed == 3

    def test_gives_every_tampering_away(self, log: Log) -> None:
        for number in range(TAMPERINGS):
            tamper = WAYS[number % len(WAYS)]
            with undone():
                what = tamper(log)
                try:
                    log.check()
                except BrokenError:
                    continue
                pytest.fail(f"{tamper.__name__} {what} was not found ({number})")
        log.check()


class TestEveryColumn:
    @pytest.mark.parametrize("column", sorted(_EDITS))
    def test_of_a_record_is_evidence(self, log: Log, column: str) -> None:
        seq = log.records[9]
        put(column, record=seq)

        with pytest.raises(BrokenError, match=rf"^Record {seq} of block 3 "):
            log.check()

    @pytest.mark.parametrize("column", sorted(_BLOCK_EDITS))
    def test_of_a_block_is_evidence(self, log: Log, column: str) -> None:
        put(column, block=3)

        with pytest.raises(BrokenError, match=r"[Bb]lock 3 "):
            log.check()

    def test_but_the_transaction_is_edited_by_some_edit(self) -> None:
        with connection.cursor() as cursor:
            for edits, table in (
                (_EDITS, "audit_record"),
                (_BLOCK_EDITS, "audit_block"),
            ):
                cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - ours
                columns = {column.name for column in cursor.description or ()}
                assert set(edits) == columns - {"xid"}


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("DELETE FROM audit_block WHERE number = 2", "Block 2 is missing"),
            ("UPDATE audit_block SET last_at = now() WHERE number = 2", "its hash is"),
            ("UPDATE audit_block SET pruned_at = now()", "pruned it by hand"),
            ("DELETE FROM audit_record", "of block 1 is missing"),
        ],
    )
    def test_names_what_is_wrong(self, log: Log, statement: str, said: str) -> None:
        run(statement)

        with pytest.raises(BrokenError, match=said):
            log.check()

    def test_names_what_was_inserted(self, log: Log) -> None:
        seq = insert(log)

        with pytest.raises(BrokenError, match=rf"^Record {seq} stands among"):
            log.check()

    def test_names_the_block_that_was_cut_off(self, log: Log) -> None:
        run("DELETE FROM audit_record")
        run("DELETE FROM audit_block WHERE number >= 4")
        write(1)
        run("DELETE FROM audit_block")

        with pytest.raises(BrokenError, match="Block 1 is in the file, and gone from"):
            log.check()

    def test_tells_a_stolen_key_by_the_heads(self, log: Log) -> None:
        rewrite(log)

        assert verify(now=LATER).records == 24
        with pytest.raises(BrokenError, match="is another one in the file"):
            log.check()

    def test_tells_a_block_that_was_sealed_anew_by_its_follower(self, log: Log) -> None:
        block = Block.objects.get(pk=3)
        block.sealed_at = LATER + timedelta(days=1)
        seal.sign(block, seal.signer())
        block.save()

        with pytest.raises(BrokenError, match=r"^Block 4 does not follow"):
            verify(now=LATER)

    def test_misses_the_heads_that_are_not_where_they_were(self, log: Log) -> None:
        log.file.write_text("")

        with pytest.raises(BrokenError, match="There are no heads in the file, and 6"):
            log.check()

    def test_misses_a_head_in_between(self, log: Log) -> None:
        lines = log.file.read_text().splitlines(keepends=True)
        log.file.write_text("".join(lines[:2] + lines[3:]))

        with pytest.raises(BrokenError, match="has block 4 where block 3 belongs"):
            log.check()


class TestAnotherKey:
    def test_is_not_trusted_unasked(self, settings: Settings) -> None:
        write()
        (block,) = sealed()
        settings.AUDIT_SIGNING_KEY = bytes(range(32))

        with pytest.raises(BrokenError, match=rf"the key {block.key_id}, which is not"):
            verify(now=LATER)

    def test_is_trusted_by_its_public_half_where_nobody_seals(
        self, settings: Settings
    ) -> None:
        write()
        sealed()
        settings.AUDIT_VERIFY_KEYS = [base64.b64decode(seal.public_key())]
        settings.AUDIT_SIGNING_KEY = None

        assert verify(now=LATER).blocks == 1

        settings.AUDIT_VERIFY_KEYS = []
        with pytest.raises(BrokenError, match="which is not trusted"):
            verify(now=LATER)

    def test_is_trusted_when_it_is_named(self, settings: Settings) -> None:
        write()
        sealed()
        old = seal.signer().private
        settings.AUDIT_SIGNING_KEY = bytes(range(32))
        settings.AUDIT_VERIFY_KEYS = [old.public_key().public_bytes_raw()]
        write()
        sealed(now=LATER + timedelta(minutes=1))

        assert verify(now=LATER).blocks == 2
        assert len(set(Block.objects.values_list("key_id", flat=True))) == 2


class TestWhatIsStillToCome:
    """An hour is enough for a seal, and for a head outside the database."""

    def test_is_a_seal_wherever_the_cursor_is(self, log: Log) -> None:
        sealer = "name = 'audit-seal'"
        run(f"UPDATE journal_cursor SET xid = '9000000000000000000' WHERE {sealer}")  # noqa: S608 - ours
        first, _ = write(2)
        assert len(sealed()) == log.blocks

        assert verify(now=NOW + timedelta(minutes=59)).unsealed == 2
        with pytest.raises(
            BrokenError, match=rf"^Record {first.pk} was written before"
        ):
            verify(now=NOW + timedelta(minutes=61))

    def test_is_a_head_in_a_file_that_grows(self, log: Log) -> None:
        lines = log.file.read_text().splitlines(keepends=True)
        log.file.write_text("".join(lines[:4]))
        kept = list(heads.read(log.file))

        verify(now=LATER + timedelta(minutes=59), kept=[Kept("the file", kept)])
        with pytest.raises(BrokenError, match=r"^Block 5 has no head in the file"):
            verify(now=LATER + timedelta(minutes=61), kept=[Kept("the file", kept)])

    def test_is_nothing_in_a_copy_of_the_heads(self, log: Log) -> None:
        kept = list(heads.read(log.file))[:4]

        copy = Kept("the copy", kept, grows=False)
        assert verify(now=LATER + timedelta(days=1), kept=[copy]).blocks == log.blocks


class TestAPersonsKey:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_subject SET key = %s WHERE id = %s",
            "DELETE FROM audit_subject WHERE %s IS NOT NULL AND id = %s",
        ],
    )
    @pytest.mark.parametrize("whose", ["actor_subject_id", "behalf_subject_id"])
    def test_opens_what_was_locked_under_it(
        self, log: Log, statement: str, whose: str
    ) -> None:
        record = Record.objects.get(pk=log.records[9])
        run(statement, [bytes(32), getattr(record, whose)])

        first = 0 if whose == "behalf_subject_id" else 9
        said = rf"^Record {log.records[first]} of block .* is not opened by the key"
        with pytest.raises(BrokenError, match=said):
            log.check()

    def test_is_not_asked_for_when_it_was_erased(self, log: Log) -> None:
        trail.erase(address="person9@example.com", now=LATER)

        log.check()

    def test_is_missed_when_it_was_taken_by_hand(self, log: Log) -> None:
        taken = "digest = NULL, key = NULL, erased_at = now()"
        run(
            f"UPDATE audit_subject SET {taken} WHERE id = %s",  # noqa: S608 - of the test
            [Record.objects.get(pk=log.records[9]).actor_subject_id],
        )

        with pytest.raises(BrokenError, match="somebody erased them by hand"):
            log.check()

    @pytest.mark.parametrize("said", ["erased_at = now()", "erased_signature = 'ab'"])
    def test_is_missed_when_another_erasure_was_signed_for(
        self, log: Log, rearmed: None, said: str
    ) -> None:
        trail.erase(address="person9@example.com", now=LATER)
        disarm()
        run(f"UPDATE audit_subject SET {said} WHERE key IS NULL")  # noqa: S608 - of the test

        with pytest.raises(BrokenError, match="somebody erased them by hand"):
            log.check()


def test_the_last_sealed_record_bounds_the_others_and_no_cursor() -> None:
    write(3, at=NOW)
    sealed()
    run("UPDATE journal_cursor SET xid = '0', seq = 0")
    (record,) = write(1)

    assert verify(now=LATER).unsealed == 1
    assert Record.objects.filter(pk=record.pk).exists()
