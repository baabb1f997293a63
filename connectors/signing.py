"""Whether a vendor signed a delivery, in a time that says nothing of our secrets."""

import hmac
from collections.abc import Iterable

from connectors.base import ForgedError


def hold_to(claimed: str, good: Iterable[str]) -> None:
    """Hold a delivery to its signature, which is to be one of the good ones.

    Each is compared, whichever fits: how long it takes does not tell which one did.

    Raises:
        ForgedError: it has no signature, or none of our secrets made it.
    """
    if not claimed:
        msg = "it has no signature"
        raise ForgedError(msg)
    fits = [hmac.compare_digest(claimed.encode(), each.encode()) for each in good]
    if not any(fits):
        msg = "none of our secrets signed it"
        raise ForgedError(msg)
