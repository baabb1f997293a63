"""What an admin decided for a connector; what nobody decided has its default."""

from collections.abc import Mapping
from typing import Any

from connectors.base import Connector
from connectors.models import Rules
from memories.schemas.base import Strict


def rules_of[R: Strict](connector: Connector[R]) -> R:
    """Return what holds."""
    row = Rules.objects.filter(pk=connector.name).first()
    return connector.rules.model_validate(row.values if row else {})


def decide[R: Strict](connector: Connector[R], values: Mapping[str, Any]) -> R:
    """Let other rules hold from the next delivery on.

    Raises:
        pydantic.ValidationError: with the place of each fault.
    """
    rules = connector.rules.model_validate(values)
    kept = rules.model_dump(mode="json", exclude_defaults=True)
    Rules.objects.update_or_create(pk=connector.name, defaults={"values": kept})
    return rules
