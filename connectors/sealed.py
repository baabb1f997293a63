"""Bodies of deliveries, encrypted at rest; the first key locks, all of them open."""

import base64
import zlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UnopenedError(Exception):
    """None of the keys that are set opens it."""


def seal(body: bytes) -> bytes:
    """Compress and encrypt."""
    return _keys().encrypt(zlib.compress(body, level=1))


def opened(sealed: bytes) -> bytes:
    """Return a body as it came in.

    Raises:
        UnopenedError: it was sealed with a key that is not set any more.
    """
    try:
        return zlib.decompress(_keys().decrypt(sealed))
    except InvalidToken as error:
        msg = "The delivery was sealed with a key that DELIVERY_KEYS no longer names."
        raise UnopenedError(msg) from error


def _keys() -> MultiFernet:
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(key)) for key in settings.DELIVERY_KEYS
    )
