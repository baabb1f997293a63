"""The people whom records name: each found by a digest of the address, with a key.

Keys are kept in the process for a minute, so that storing does not ask for them each
time; and never before the transaction that made them is over, since after a rollback
nothing could be read that was locked under them.
"""

import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from audit import seal
from audit.models import Subject
from audit.personal import make_key

LIMIT = 4096
SECONDS = 60.0


class Holder(NamedTuple):
    """A subject's id, and the key to lock with."""

    id: UUID
    key: bytes


class _Keyring:
    """What is known for a while of those who came last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[str, tuple[float, Holder]] = OrderedDict()

    def find(self, digests: Collection[str]) -> dict[str, Holder]:
        """Return those of some digests that are known, and not for too long."""
        oldest = time.monotonic() - SECONDS
        with self._lock:
            found = {digest: self._held.get(digest) for digest in digests}
        return {
            digest: held[1]
            for digest, held in found.items()
            if held is not None and held[0] > oldest
        }

    def keep(self, holders: Mapping[str, Holder]) -> None:
        """Know them from now on, and let the oldest go past the limit."""
        now = time.monotonic()
        with self._lock:
            for digest, holder in holders.items():
                self._held[digest] = now, holder
                self._held.move_to_end(digest)
            while len(self._held) > LIMIT:
                self._held.popitem(last=False)

    def clear(self) -> None:
        """Know nobody."""
        with self._lock:
            self._held.clear()


keyring = _Keyring()


def holders(addresses: Collection[str]) -> Mapping[str, Holder]:
    """Return the subject of each address, made where there is none."""
    digests = {address: digest_of(address) for address in addresses}
    found = keyring.find(set(digests.values()))
    if missing := set(digests.values()) - found.keys():
        fetched = _fetch(missing)
        while unmet := sorted(missing - fetched.keys()):
            # In one order, so that two who add the same people wait and do not block
            # each other; whoever comes second takes what the first has made.
            Subject.objects.bulk_create(
                [Subject(digest=digest, key=make_key()) for digest in unmet],
                ignore_conflicts=True,
            )
            fetched |= _fetch(unmet)
        transaction.on_commit(lambda: keyring.keep(fetched))
        found |= fetched
    return {address: found[digest] for address, digest in digests.items()}


def known(address: str) -> Collection[UUID]:
    """Return the subject of an address, if there is one."""
    return list(
        Subject.objects.filter(digest=digest_of(address)).values_list("pk", flat=True)
    )


def erase(address: str, *, now: datetime) -> bool:
    """Delete the key of an address, and sign for it; says whether there was one.

    Raises:
        NoSignerError: this process has no key to sign with; nobody is erased.
    """
    by = seal.signer()
    with transaction.atomic():
        found = Subject.objects.select_for_update().filter(digest=digest_of(address))
        for subject in found:
            subject.digest, subject.key, subject.erased_at = None, None, now
            seal.sign_erasure(subject, by)
            subject.save(
                update_fields=["digest", "key", "erased_at", "erased_signature"]
            )
        transaction.on_commit(keyring.clear)
    return bool(found)


def digest_of(address: str) -> str:
    """Return the keyed digest of an address, whatever its case."""
    return salted_hmac(
        "audit.subject", address.casefold(), algorithm="sha256"
    ).hexdigest()


def _fetch(digests: Collection[str]) -> dict[str, Holder]:
    rows = Subject.objects.filter(digest__in=digests).values_list("digest", "pk", "key")
    return {
        digest: Holder(pk, bytes(key))
        for digest, pk, key in rows
        if digest is not None and key is not None
    }
