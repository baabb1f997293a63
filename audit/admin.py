"""The screen of the audit: to read, and nothing else."""

from datetime import UTC
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    FieldTextFilter,
    RangeDateTimeFilter,
)
from unfold.decorators import display
from unfold.utils import parse_datetime_str

from audit import subjects
from audit.models import Record
from audit.querysets import RecordQuerySet

PERSONAL = ("actor", "on_behalf_of", "ip", "user_agent")


class MomentsFilter(RangeDateTimeFilter):
    """From one moment to another, in UTC."""

    def queryset(
        self, request: HttpRequest, queryset: RecordQuerySet
    ) -> RecordQuerySet:
        """Keep what was done between the two, and leave out a moment that is none."""
        for end, lookup in (("from", "gte"), ("to", "lte")):
            day, time = (
                self.used_parameters.get(f"{self.parameter_name}_{end}_{part}", "")
                for part in (0, 1)
            )
            if moment := parse_datetime_str(f"{day} {time}".strip()):
                aware = moment.replace(tzinfo=UTC)
                narrowed = {f"{self.parameter_name}__{lookup}": aware}
                queryset = queryset.filter(**narrowed)
        return queryset


@admin.register(Record)
class RecordAdmin(ModelAdmin):
    """Every access, the newest first; what was refused stands out."""

    actions = None
    list_display = (
        "when",
        "actor",
        "on_behalf_of",
        "role",
        "channel",
        "action",
        "memories",
        "result",
    )
    list_filter = (
        ("outcome", ChoicesDropdownFilter),
        ("action", FieldTextFilter),
        ("channel", FieldTextFilter),
        ("at", MomentsFilter),
    )
    list_filter_submit = True
    list_fullwidth = True
    search_fields = ("action__iexact", "request_id__exact")
    search_help_text = "An address, a memory's id, an action or a request id, whole"
    ordering = ("-at", "-seq")
    show_full_result_count = False
    readonly_fields = PERSONAL
    fields = (
        "at",
        "actor_id",
        *PERSONAL,
        "role",
        "channel",
        "action",
        "memory_ids",
        "memory_count",
        "memory_digest",
        "outcome",
        "reason",
        "returned",
        "query_digest",
        "request_id",
    )

    @display(description="when (UTC)", ordering="at")
    def when(self, record: Record) -> str:
        """Say when, to the second."""
        return f"{record.at:%d %b %Y, %H:%M:%S}"

    @display(description="memories")
    def memories(self, record: Record) -> str:
        """Say which memory it was about, or how many."""
        if len(record.memory_ids) == 1:
            return str(record.memory_ids[0])
        return str(record.memory_count or "-")

    @display(
        description="outcome",
        ordering="outcome",
        label={"allowed": "success", "refused": "danger"},
    )
    def result(self, record: Record) -> tuple[str, str]:
        """Show the outcome in its colour, with the reason of a refusal."""
        return record.outcome, f"{record.outcome} {record.reason}".strip()

    def get_queryset(self, request: HttpRequest) -> RecordQuerySet:
        """Bring the keys along with the records."""
        queryset: RecordQuerySet = super().get_queryset(request)
        return queryset.with_people()

    def get_search_results(
        self, request: HttpRequest, queryset: RecordQuerySet, search_term: str
    ) -> tuple[RecordQuerySet, bool]:
        """Search for an address by its digest: no record has it in the clear."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if _is_id(term):
            return queryset.filter(memory_ids__contains=[term]), False
        theirs = queryset.of_subjects(subjects.known(term))
        if "@" in term:
            return theirs, False
        words = Q(action__iexact=term) | Q(request_id=term)
        return queryset.filter(Q(pk__in=theirs.values("pk")) | words), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes a record by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a record."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a record."""
        return False


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
