"""The audit's sealer: a reader with a place in the order that the journal keeps.

Neither the audit nor the journal knows the other; here the block and the cursor that
moves past it are written in one transaction.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from audit import heads, seal
from journal import log


def seal_audit(*, now: Callable[[], datetime]) -> int:
    """Seal everything that is settled; returns how many blocks that made.

    Does nothing while another sealer is at it. Heads that the file lacks are appended,
    those too that an earlier call could not write.

    Raises:
        NoSignerError: this process has no key to seal with.
        HeadsError: the file of heads cannot be written, or its end is no head; the
            blocks are sealed all the same.
    """
    with log.reading(log.SEALING) as place:
        if place is None:
            return 0
        blocks = 0
        while True:
            with transaction.atomic():
                moment = now()
                sealed = seal.seal(after=place, now=moment)
                if sealed is None:
                    break
                log.advance(log.SEALING, to=sealed, now=moment)
            place, blocks = sealed, blocks + 1
        heads.append(settings.AUDIT_HEADS_FILE)
        return blocks


def lag(*, now: datetime) -> float:
    """Return for how many seconds the oldest record has waited for its seal."""
    since = seal.waiting_since()
    return (now - since).total_seconds() if since else 0.0


def heads_lag(*, now: datetime) -> float:
    """Return for how many seconds the oldest block has waited for the file of heads."""
    since = heads.waiting_since()
    return (now - since).total_seconds() if since else 0.0
