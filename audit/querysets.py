"""Reading records."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models

if TYPE_CHECKING:
    from audit.models import Record  # noqa: F401 - the type of the rows


class RecordQuerySet(models.QuerySet["Record"]):
    """Records, to be narrowed and read."""

    def of_subjects(self, subjects: Collection[UUID]) -> Self:
        """Keep the accesses by some people, or on their behalf.

        Each by its own index: one condition of both reads every row.
        """
        both = (
            self.model.objects.filter(**{f"{which}_subject__in": subjects}).values("pk")
            for which in ("actor", "behalf")
        )
        return self.filter(pk__in=next(both).union(*both))

    def with_people(self) -> Self:
        """Bring the keys along, so that showing many records asks for them once."""
        # Not by a join, in which a record whose subject was removed would be missing.
        return self.prefetch_related("actor_subject", "behalf_subject")
