"""The verbs that read the audit, which are on record themselves."""

from collections.abc import Callable, Iterator
from datetime import datetime

from accounts.actor import Actor
from audit import trail
from audit.models import Record
from audit.querysets import RecordQuerySet
from memories.access import accessing
from memories.errors import ForbiddenError
from memories.permissions import may_administer
from memories.results import AuditPage
from memories.schemas.auditing import AuditRequest

AT_ONCE = 1000
"""How many records are read from the database at once for an export."""


def audit(*, actor: Actor, request: AuditRequest, now: datetime) -> AuditPage:
    """Return records of who did what, the newest first, a page at a time.

    Raises:
        ForbiddenError: the actor does not have the audit.
    """
    with accessing(
        actor=actor, action="audit", now=now, query=request.model_dump_json()
    ) as access:
        _check(actor)
        found = trail.find(
            address=request.actor,
            memory_id=request.memory,
            action=request.action,
            outcome=request.outcome,
            start=request.from_,
            end=request.to,
            before=int(request.cursor) if request.cursor else None,
        )
        records = list(found.with_people()[: request.limit + 1])
        shown = records[: request.limit]
        access.returned = len(shown)
        more = len(records) > request.limit
        return AuditPage(shown, str(shown[-1].seq) if more else None)


def look_at_audit(*, actor: Actor, what: str, now: datetime) -> None:
    """Record that the actor looks at the audit in the admin; `what` says at what.

    Raises:
        ForbiddenError: the actor does not have the audit.
    """
    with accessing(actor=actor, action="audit", now=now, query=what):
        _check(actor)


def export_audit(
    *,
    actor: Actor,
    choose: Callable[[], RecordQuerySet],
    what: str,
    now: datetime,
) -> Iterator[Record]:
    """Return all of some records, to be written into a file.

    `choose` returns them, once the actor may read them; `what` says which they are.

    Raises:
        ForbiddenError: the actor does not have the audit.
    """
    with accessing(actor=actor, action="audit_export", now=now, query=what) as access:
        _check(actor)
        records = choose()
        access.returned = records.count()
    return records.with_people().iterator(chunk_size=AT_ONCE)


def _check(actor: Actor) -> None:
    if actor.behalf is not None or not may_administer(actor.role):
        msg = f"As {actor.role_name} you may not read the audit: only a CEO may."
        raise ForbiddenError(msg)
