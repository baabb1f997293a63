"""The screen of the audit: to read, and nothing else."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from audit.models import Record


@admin.register(Record)
class RecordAdmin(ModelAdmin):
    """Every access, the newest first; what was refused stands out."""

    actions = None
    list_display = ("at", "actor", "role", "channel", "action", "result", "returned")
    list_filter = (("outcome", ChoicesDropdownFilter), ("at", RangeDateTimeFilter))
    list_filter_submit = True
    list_fullwidth = True
    search_fields = ("actor__iexact", "action__iexact", "request_id__exact")
    search_help_text = "An address, an action or a request id, whole"
    ordering = ("-at", "-seq")
    show_full_result_count = False

    @display(
        description="outcome",
        ordering="outcome",
        label={"allowed": "success", "refused": "danger"},
    )
    def result(self, record: Record) -> tuple[str, str]:
        """Show the outcome in its colour, with the reason of a refusal."""
        return record.outcome, f"{record.outcome} {record.reason}".strip()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes a record by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a record."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a record."""
        return False
