"""What a record says of a person, locked under the person's own key."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.canonical import canonical

NONCE = 12

type Fields = Mapping[str, str | None]


class UnreadableError(Exception):
    """The ciphertext was made with another key, or for another record."""


def make_key() -> bytes:
    """Return the key of one more person."""
    return AESGCM.generate_key(bit_length=256)


def binding(
    *, subject: UUID, at: datetime, channel: str, action: str, request_id: str
) -> bytes:
    """Return what ties a ciphertext to its record, so that no other can carry it."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return canonical([str(subject), moment, channel, action, request_id])


def lock(fields: Fields, *, key: bytes, bound_to: bytes) -> bytes:
    """Encrypt, by AES-GCM: twelve bytes of nonce, then the ciphertext."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, canonical(fields), bound_to)


def unlock(ciphertext: bytes, *, key: bytes, bound_to: bytes) -> Fields:
    """Decrypt.

    Raises:
        UnreadableError: the key or the record is another one.
    """
    nonce, rest = ciphertext[:NONCE], ciphertext[NONCE:]
    try:
        plain = AESGCM(key).decrypt(nonce, rest, bound_to)
    except (InvalidTag, ValueError) as error:
        raise UnreadableError from error
    fields: Fields = json.loads(plain)
    return fields
