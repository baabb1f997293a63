"""One access: one transaction and exactly one audit record, allowed or refused."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actor import Actor
from audit import trail
from memories.errors import HubError


@contextmanager
def accessing(
    *,
    actor: Actor,
    action: str,
    now: datetime,
    memory_ids: Sequence[UUID] = (),
    query: str = "",
) -> Iterator[trail.Access]:
    """Do the work and record it in one transaction; a refusal is recorded after it.

    Raises:
        trail.UnavailableError: the record could not be written; nothing was done.
    """
    access = trail.Access(
        accessor=actor, action=action, at=now, memory_ids=memory_ids, query=query
    )
    try:
        with transaction.atomic():
            yield access
            trail.record(access)
    except HubError as refusal:
        access.refusal = refusal.reason
        access.returned = 0
        trail.record(access)
        raise


def refused(
    *,
    actor: Actor,
    action: str,
    reason: str,
    now: datetime,
    memory_ids: Sequence[UUID] = (),
    about: str = "",
) -> None:
    """Record what an interface refused before, or rolled back after, the mediator.

    Raises:
        trail.UnavailableError: the record could not be written.
    """
    trail.record(
        trail.Access(
            accessor=actor,
            action=action,
            at=now,
            memory_ids=memory_ids,
            refusal=reason,
            about=about,
        )
    )
