"""Verifying: every record against its block, every block against the one before.

And that what is to come is there: a seal on every record that is old enough, a head of
every block where heads are kept, and a key that opens what is said of each person.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from django.db import connection

from audit import canonical, opening, seal
from audit.heads import Head
from audit.models import Block, Record, Subject
from horizon.order import past

HASH = 32
LEAST_KEPT = "12 months"
PATIENCE = timedelta(hours=1)
"""How long a record may be without a seal, and a block without a head elsewhere."""

type Report = Callable[[int], object]


class BrokenError(Exception):
    """The audit is not what was sealed; says which record or block is the first."""


@dataclass(slots=True)
class Verified:
    """How much was found as it was sealed."""

    blocks: int = 0
    records: int = 0
    pruned: int = 0
    unsealed: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Heads that are kept outside the database, and what to call their place.

    A copy does not grow: it says nothing of blocks that were sealed after it was made.
    """

    where: str
    heads: Iterable[Head]
    grows: bool = True


def verify(
    *, now: datetime, kept: Iterable[Kept] = (), report: Report = lambda _: None
) -> Verified:
    """Compare everything with everything, in the caller's transaction.

    That transaction sees one state of the tables, so that sealing may go on beside it.
    `report` is told of each block's records as they are done.

    Raises:
        BrokenError: something was changed, removed or inserted, or is still to come.
    """
    done, trusted = Verified(), seal.keyring()
    hashes: list[str] = []
    late = 0
    for block in _chained(trusted):
        if block.sealed_at < now - PATIENCE:
            late = block.number
        if block.pruned_at is None and not block.pruned_signature:
            _compare_records(block)
            done.records += len(block.seqs)
            report(len(block.seqs))
        else:
            _check_pruned(block, trusted, now)
            done.pruned += len(block.seqs)
        hashes.append(block.hash)
        done.blocks += 1
    _look_for_erased_by_hand(trusted)
    _look_for_doubled()
    _look_for_inserted()
    _look_for_unsealed(before=now - PATIENCE)
    for place in kept:
        _compare_heads(place, hashes, late=late)
    done.unsealed = _unsealed()
    return done


def _chained(trusted: seal.Keyring) -> Iterator[Block]:
    """Yield the blocks in order, each as it was signed and on top of the one before."""
    previous = seal.GENESIS
    blocks = Block.objects.order_by("number").iterator(chunk_size=200)
    for expected, block in zip(count(1), blocks, strict=False):
        if block.number != expected:
            msg = f"Block {expected} is missing: after it comes block {block.number}."
            raise BrokenError(msg)
        if block.previous != previous:
            msg = f"Block {expected} does not follow the block before it."
            raise BrokenError(msg)
        if len(block.hashes) != HASH * len(block.seqs) or not block.seqs:
            msg = f"Block {expected} does not have a hash for each record."
            raise BrokenError(msg)
        if seal.hash_of(block) != block.hash:
            msg = f"Block {expected} has been changed: its hash is another one."
            raise BrokenError(msg)
        if not trusted.knows(block.key_id):
            msg = (
                f"Block {expected} is signed by the key {block.key_id}, which is not "
                f"trusted. If it was yours, put it into AUDIT_VERIFY_KEYS."
            )
            raise BrokenError(msg)
        if not trusted.accepts(block):
            msg = f"The signature of block {expected} is not that of its key."
            raise BrokenError(msg)
        previous = block.hash
        yield block


def _compare_records(block: Block) -> None:
    found = canonical.rows(block.seqs)
    for at, seq in enumerate(block.seqs):
        if seq not in found:
            msg = f"Record {seq} of block {block.number} is missing."
            raise BrokenError(msg)
        if canonical.digest(found[seq]) != block.hashes[at * HASH : (at + 1) * HASH]:
            msg = f"Record {seq} of block {block.number} has been changed."
            raise BrokenError(msg)
    if row := opening.first_closed([found[seq] for seq in block.seqs]):
        msg = (
            f"Record {row[canonical.SEQ]} of block {block.number} is not opened by the "
            f"key of its person: that was overwritten or removed, or the record is not "
            f"the hub's."
        )
        raise BrokenError(msg)


def _check_pruned(block: Block, trusted: seal.Keyring, now: datetime) -> None:
    """Refuse what was pruned by hand, before its time, or not whole."""
    if not trusted.accepts_pruning(block):
        msg = (
            f"Block {block.number} is marked as pruned, and not by a key that is "
            f"trusted: somebody pruned it by hand."
        )
        raise BrokenError(msg)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::timestamptz < least(%s, now(), %s::timestamptz) - %s::interval",
            [block.last_at, block.pruned_at, now, LEAST_KEPT],
        )
        (old_enough,) = cursor.fetchone()
    if not old_enough:
        msg = (
            f"Block {block.number} is marked as pruned, and its last record is "
            f"younger than {LEAST_KEPT}."
        )
        raise BrokenError(msg)
    if left := sorted(canonical.rows(block.seqs)):
        msg = f"Record {left[0]} is there, and its block {block.number} was pruned."
        raise BrokenError(msg)


def _look_for_erased_by_hand(trusted: seal.Keyring) -> None:
    erased = Subject.objects.filter(key__isnull=True).order_by("pk")
    for subject in erased.iterator():
        if not trusted.accepts_erasure(subject):
            msg = (
                f"Person {subject.pk} is marked as erased, and not by a key that is "
                f"trusted: somebody erased them by hand."
            )
            raise BrokenError(msg)


def _look_for_inserted() -> None:
    """Find a record that stands among the sealed ones and is in no block.

    The place of the last sealed record bounds them, and not the sealer's cursor, which
    could be moved.
    """
    place = seal.end()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT seq FROM audit_record
             WHERE (xid, seq) < (%s::text::xid8, %s)
            EXCEPT
            SELECT unnest(seqs) FROM audit_block
             ORDER BY seq LIMIT 1
            """,
            [str(place.xid), place.seq],
        )
        row = cursor.fetchone()
    if row:
        msg = f"Record {row[0]} stands among the sealed ones, and is in no block."
        raise BrokenError(msg)


def _look_for_unsealed(*, before: datetime) -> None:
    """Find a record that is past the sealed ones and waits too long for its seal.

    Wherever the sealer's cursor is: moved ahead, it lets everything wait for ever.
    """
    place = seal.end()
    late = Record.objects.filter(past(place), at__lt=before).order_by("xid", "seq")
    seq = late.values_list("seq", flat=True).first()
    if seq is not None:
        msg = (
            f"Record {seq} was written before {before:%Y-%m-%d %H:%M} UTC, and is in "
            f"no block: the sealer does not run, or its cursor was moved ahead."
        )
        raise BrokenError(msg)


def _look_for_doubled() -> None:
    """Find a record in two blocks, as when the sealer's cursor was put back."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT seq FROM (SELECT unnest(seqs) AS seq FROM audit_block) AS sealed
             GROUP BY seq HAVING count(*) > 1 ORDER BY seq LIMIT 1
            """
        )
        row = cursor.fetchone()
    if row:
        msg = f"Record {row[0]} is in two blocks: the sealer's cursor was moved."
        raise BrokenError(msg)


def _compare_heads(place: Kept, hashes: list[str], *, late: int) -> None:
    """Hold the blocks to what was kept of them elsewhere, up to the last late one."""
    seen = 0
    for head in place.heads:
        number = head.get("number")
        if number != seen + 1:
            msg = f"{place.where} has block {number} where block {seen + 1} belongs."
            raise BrokenError(msg)
        if number > len(hashes):
            msg = f"Block {number} is in {place.where}, and gone from the database."
            raise BrokenError(msg)
        if head.get("hash") != hashes[seen]:
            msg = f"Block {number} is another one in {place.where}."
            raise BrokenError(msg)
        seen += 1
    if hashes and not seen:
        msg = (
            f"There are no heads in {place.where}, and {len(hashes)} blocks in the "
            f"database: it was lost, or this is not where the sealer keeps it."
        )
        raise BrokenError(msg)
    if place.grows and seen < late:
        msg = (
            f"Block {seen + 1} has no head in {place.where}, though block {late} was "
            f"sealed more than an hour ago: it grows no longer."
        )
        raise BrokenError(msg)


def _unsealed() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM audit_record)
                 - coalesce((SELECT sum(cardinality(seqs)) FROM audit_block
                              WHERE pruned_at IS NULL), 0)
            """
        )
        (number,) = cursor.fetchone()
    return int(number)
