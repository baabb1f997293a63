"""Sealing: settled records become a block, chained to the one before and signed."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from django.conf import settings
from django.db import connection

from audit.canonical import AT, canonical, digest, rows
from audit.models import Block, Subject
from audit.reading import settled_after
from horizon.order import START, Position

LIMIT = 1000
GENESIS = "0" * 64
"""What stands in the place of the block before the first."""


class NoSignerError(Exception):
    """This process has no key to sign with."""

    def __init__(self) -> None:
        super().__init__("AUDIT_SIGNING_KEY is none here: do this where the worker is.")


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs blocks, and the short name that they know it by."""

    private: Ed25519PrivateKey

    @property
    def key_id(self) -> str:
        """The name of its public key."""
        return key_id(self.private.public_key())

    def sign(self, hash_: str) -> str:
        """Return the signature of a hash."""
        return self.private.sign(bytes.fromhex(hash_)).hex()


class Keyring:
    """The public keys whose signatures count."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys: Mapping[str, Ed25519PublicKey] = {key_id(key): key for key in keys}

    def knows(self, name: str) -> bool:
        """Say whether a key is among them."""
        return name in self._keys

    def accepts(self, block: Block) -> bool:
        """Say whether a block's signature is that of the key it names."""
        key = self._keys.get(block.key_id)
        return key is not None and _has_signed(key, block.hash, block.signature)

    def accepts_pruning(self, block: Block) -> bool:
        """Say whether one of the keys has signed when a block was pruned."""
        return self._have_signed(_pruning(block), block.pruned_signature)

    def accepts_erasure(self, subject: Subject) -> bool:
        """Say whether one of the keys has signed when a person was erased."""
        return self._have_signed(_erasure(subject), subject.erased_signature)

    def _have_signed(self, said: str, signature: str) -> bool:
        return any(_has_signed(key, said, signature) for key in self._keys.values())


def key_id(key: Ed25519PublicKey) -> str:
    """Return the short name of a public key: the start of its SHA-256."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


def signer() -> Signer:
    """Return the key of the settings.

    Raises:
        NoSignerError: they have none.
    """
    if settings.AUDIT_SIGNING_KEY is None:
        raise NoSignerError
    return Signer(Ed25519PrivateKey.from_private_bytes(settings.AUDIT_SIGNING_KEY))


def public_key() -> str:
    """Return the public half of the settings' key, as AUDIT_VERIFY_KEYS takes it.

    Raises:
        NoSignerError: they have none.
    """
    raw = signer().private.public_key().public_bytes_raw()
    return base64.b64encode(raw).decode()


def keyring() -> Keyring:
    """Return the keys that the settings trust: the one that signs, and others."""
    others = map(Ed25519PublicKey.from_public_bytes, settings.AUDIT_VERIFY_KEYS)
    own = [] if settings.AUDIT_SIGNING_KEY is None else [signer().private.public_key()]
    return Keyring([*own, *others])


def seal(*, after: Position, now: datetime) -> Position | None:
    """Seal the next records in the caller's transaction; returns the new place.

    None when there is nothing to seal. Whoever calls lets nobody else seal meanwhile,
    and moves the cursor in the same transaction.

    Raises:
        NoSignerError: this process has no key; nothing is sealed.
    """
    if after == START:
        after = end()
    places = settled_after(after, limit=LIMIT)
    if not places:
        return None
    seqs = [place.seq for place in places]
    found = rows(seqs)
    times = sorted(str(found[seq][AT]) for seq in seqs)
    last = Block.objects.order_by("-number").first()
    block = Block(
        number=last.number + 1 if last else 1,
        previous=last.hash if last else GENESIS,
        seqs=seqs,
        hashes=b"".join(digest(found[seq]) for seq in seqs),
        first_at=datetime.fromisoformat(times[0]),
        last_at=datetime.fromisoformat(times[-1]),
        sealed_at=now,
    )
    sign(block, signer())
    block.save(force_insert=True)
    return places[-1]


def sign(block: Block, by: Signer) -> None:
    """Close a block: its hash over the header, and the signature of that."""
    block.key_id = by.key_id
    block.hash = hash_of(block)
    block.signature = by.sign(block.hash)


def sign_pruning(block: Block, by: Signer) -> None:
    """Say, in a way that SQL alone cannot, when a block's records were let go."""
    block.pruned_signature = by.sign(_pruning(block))


def sign_erasure(subject: Subject, by: Signer) -> None:
    """Say, in a way that SQL alone cannot, when a person was erased."""
    subject.erased_signature = by.sign(_erasure(subject))


def header(block: Block) -> dict[str, object]:
    """Return what a block's hash covers, in the words of JSON."""
    return {
        "number": block.number,
        "previous": block.previous,
        "count": len(block.seqs),
        "seqs": _digest_of_seqs(block.seqs),
        "hashes": sha256(block.hashes).hexdigest(),
        "first_at": _moment(block.first_at),
        "last_at": _moment(block.last_at),
        "sealed_at": _moment(block.sealed_at),
        "key_id": block.key_id,
    }


def hash_of(block: Block) -> str:
    """Return the SHA-256 of a block's header."""
    return _hash(header(block))


def waiting_since() -> datetime | None:
    """Return when the first record was written that is past all sealed ones.

    Asked of the records and blocks, so that a cursor which was moved hides nothing.
    """
    place = _end_of_last_block()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT at FROM audit_record AS waiting
             WHERE (xid, seq) > (%s::text::xid8, %s)
               AND NOT EXISTS (
                   SELECT FROM audit_block
                    WHERE pruned_at IS NULL
                      AND waiting.at BETWEEN first_at AND last_at
                      AND waiting.seq = ANY(seqs))
             ORDER BY xid, seq LIMIT 1
            """,
            [str(place.xid), place.seq],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def end() -> Position:
    """Return the place of the last record that is sealed, and still there."""
    return _last("SELECT unnest(seqs) FROM audit_block WHERE pruned_at IS NULL")


def _end_of_last_block() -> Position:
    """Return the same of the last block alone, which takes no time.

    After `journal_rebase` some records of earlier blocks may be past it.
    """
    return _last(
        "SELECT unnest(seqs) FROM (SELECT seqs FROM audit_block"
        " WHERE pruned_at IS NULL ORDER BY number DESC LIMIT 1) AS last"
    )


def _last(seqs: str) -> Position:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT xid::text, seq FROM audit_record
             WHERE seq IN ({seqs})
             ORDER BY audit_record.xid DESC, seq DESC LIMIT 1
            """  # noqa: S608 - one of two constants
        )
        row = cursor.fetchone()
    return Position(int(row[0]), row[1]) if row else START


def _pruning(block: Block) -> str:
    """Return the SHA-256 of which block was pruned, and when."""
    return _hash({"pruned": block.hash, "pruned_at": _moment(block.pruned_at)})


def _erasure(subject: Subject) -> str:
    """Return the SHA-256 of who was erased, and when."""
    return _hash({"erased": str(subject.pk), "erased_at": _moment(subject.erased_at)})


def _hash(said: Mapping[str, object]) -> str:
    return sha256(canonical(said)).hexdigest()


def _has_signed(key: Ed25519PublicKey, hash_: str, signature: str) -> bool:
    try:
        key.verify(bytes.fromhex(signature), bytes.fromhex(hash_))
    except (ValueError, InvalidSignature):
        return False
    return True


def _digest_of_seqs(seqs: Sequence[int]) -> str:
    return sha256(b"".join(seq.to_bytes(8, signed=True) for seq in seqs)).hexdigest()


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else None
