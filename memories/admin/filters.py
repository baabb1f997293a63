"""The filters of the memory lists; each offers only what the asker may see."""

from datetime import UTC, datetime, time
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.utils import parse_date_str


class OfferedFilter(DropdownFilter):
    """A filter that takes only what it offers."""

    def value(self) -> str | None:
        """Return what was chosen of what is offered."""
        chosen: str | None = super().value()
        return chosen if chosen in dict(self.lookup_choices) else None


class SourceFilter(OfferedFilter):
    """Where it came from."""

    title = "source"
    parameter_name = "source"

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        """Offer the sources of what the asker may see."""
        visible = model_admin.get_queryset(request).order_by("source")
        sources = visible.values_list("source", flat=True).distinct()
        return [(source, source) for source in sources]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one source."""
        return queryset.filter(source=self.value()) if self.value() else queryset


class OwnerFilter(OfferedFilter):
    """Whose it is."""

    title = "owner"
    parameter_name = "owner"

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        """Offer the owners of what the asker may see."""
        visible = model_admin.get_queryset(request).order_by("owner__email")
        owners = visible.values_list("owner_id", "owner__email").distinct()
        return [(str(pk or "none"), email or "nobody") for pk, email in owners]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one owner's, or what nobody owns."""
        value = self.value()
        if value == "none":
            return queryset.filter(owner=None)
        return queryset.filter(owner_id=value) if value else queryset


class DaysFilter(RangeDateFilter):
    """When it happened: from the beginning of a day to the end of one, in UTC."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what happened between the two, and leave out a day that is none."""
        ends = (("from", "gte", time.min), ("to", "lte", time.max))
        for end, lookup, of_day in ends:
            said = self.used_parameters.get(f"{self.parameter_name}_{end}", "")
            if day := parse_date_str(said):
                moment = datetime.combine(day, of_day, UTC)
                narrowed = {f"{self.parameter_name}__{lookup}": moment}
                queryset = queryset.filter(**narrowed)
        return queryset
