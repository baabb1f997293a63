"""How long memories are kept: the policy of each type, and when one memory ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from memories.models import RetentionPolicy
from memories.schemas.registry import registry


@dataclass(frozen=True, slots=True)
class Retention:
    """How long one type is kept, and whether somebody decided so."""

    type: str
    days: int | None
    is_default: bool


def policies() -> Mapping[str, Retention]:
    """Return what holds for each type: the policy set for it, or its default."""
    decided = {policy.type: policy.days for policy in RetentionPolicy.objects.all()}
    return {
        schema.type: Retention(
            type=schema.type,
            days=decided.get(schema.type, schema.retention and schema.retention.days),
            is_default=schema.type not in decided,
        )
        for schema in registry().latest_versions
    }


def expiry(
    *,
    retention: Retention,
    created_at: datetime,
    ttl_seconds: int | None,
    now: datetime,
) -> datetime | None:
    """Return when a memory ends: by its own life, but never past its type's retention."""
    ends = []
    if retention.days is not None:
        ends.append(created_at + timedelta(days=retention.days))
    if ttl_seconds is not None:
        ends.append(now + timedelta(seconds=ttl_seconds))
    return min(ends, default=None)
