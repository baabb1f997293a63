"""One access: one transaction and exactly one audit record, allowed or refused."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actor import Actor
from accounts.scopes import Scope
from audit import trail
from memories.errors import HubError, ScopeError

READS = frozenset(
    {
        "access",
        "account_list",
        "annotations",
        "audit",
        "audit_export",
        "browse",
        "history",
        "overview",
        "related",
        "retrieve",
        "search",
        "shares",
        "suggest",
    }
)
"""What leaves all as it is; everything else needs a token that may write."""


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
        ScopeError: the actor's token is not for this.
        trail.UnavailableError: the record could not be written; nothing was done.
    """
    access = trail.Access(
        accessor=actor, action=action, at=now, memory_ids=memory_ids, query=query
    )
    try:
        _check_scope(actor, action)
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


def _check_scope(actor: Actor, action: str) -> None:
    scope = Scope.READ if action in READS else Scope.WRITE
    if scope not in actor.scopes:
        raise ScopeError(scope)
