"""How long memories are kept: the policy of each type, and when one memory ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from accounts.actor import Actor
from memories.access import accessing
from memories.errors import ForbiddenError
from memories.models import Memory, RetentionPolicy
from memories.permissions import may_administer
from memories.schemas.registry import registry


@dataclass(frozen=True, slots=True)
class Retention:
    """How long one type is kept, and whether somebody decided so."""

    type: str
    days: int | None
    is_default: bool


def policies() -> Mapping[str, Retention]:
    """Return what holds for each type: the policy set for it, or its default."""
    decided = dict(RetentionPolicy.objects.values_list("type", "days"))
    return {
        schema.type: Retention(
            type=schema.type,
            days=decided.get(schema.type, _days(schema.retention)),
            is_default=schema.type not in decided,
        )
        for schema in registry().latest_versions
    }


def _days(period: timedelta | None) -> int | None:
    return period.days if period else None


def expiry(
    *,
    retention: Retention,
    created_at: datetime,
    ttl_seconds: int | None,
    now: datetime,
) -> datetime | None:
    """Return when a memory ends: by its own life, within its type's retention."""
    ends = []
    if retention.days is not None:
        ends.append(created_at + timedelta(days=retention.days))
    if ttl_seconds is not None:
        ends.append(now + timedelta(seconds=ttl_seconds))
    return min(ends, default=None)


def decide(*, actor: Actor, type_: str, days: int | None, now: datetime) -> None:
    """Set how long a type is kept; None is for ever.

    A shorter time holds for what is stored already too: one statement over the type's
    memories. A longer one holds for what is stored from then on.

    Raises:
        ForbiddenError: the actor's role does not decide on retention.
    """
    with accessing(actor=actor, action="set_retention", now=now):
        _must_administer(actor)
        RetentionPolicy.objects.update_or_create(
            type=type_, defaults={"days": days, "updated_at": now}
        )
        _shorten(policies()[type_])


def return_to_default(*, actor: Actor, type_: str, now: datetime) -> None:
    """Drop what was decided for a type: its schema's default holds again.

    Raises:
        ForbiddenError: the actor's role does not decide on retention.
    """
    with accessing(actor=actor, action="set_retention", now=now):
        _must_administer(actor)
        RetentionPolicy.objects.filter(type=type_).delete()
        _shorten(policies()[type_])


def _shorten(retention: Retention) -> None:
    if retention.days is None:
        return
    latest = F("created_at") + timedelta(days=retention.days)
    of_type = Memory.objects.of_type(retention.type)
    too_long = Q(expires_at__isnull=True) | Q(expires_at__gt=latest)
    of_type.filter(too_long).update(expires_at=latest)


def _must_administer(actor: Actor) -> None:
    if not may_administer(actor.role):
        msg = "Only the CEO decides how long memories are kept."
        raise ForbiddenError(msg)
