"""Reading records."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from audit.models import Record  # noqa: F401 - the type of the rows


class RecordQuerySet(models.QuerySet["Record"]):
    """Records, to be narrowed and read."""

    def of_subjects(self, subjects: Collection[UUID]) -> Self:
        """Keep the accesses by some people, or on their behalf."""
        return self.filter(
            Q(actor_subject__in=subjects) | Q(behalf_subject__in=subjects)
        )

    def with_people(self) -> Self:
        """Bring the keys along, so that showing many records asks for them once."""
        # Not by a join, in which a record whose subject was removed would be missing.
        return self.prefetch_related("actor_subject", "behalf_subject")
