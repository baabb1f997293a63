"""The screen of the audit, and what is taken from it."""

from collections.abc import Callable, Iterable, Iterator

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.views import ChangeList

from accounts.actor import Channel
from audit import export
from audit.admin import RecordAdmin
from audit.models import Record
from audit.querysets import RecordQuerySet
from memories import mediator
from memories.actors import actor_of
from memories.admin.recording import RecordedAdmin
from memories.errors import ForbiddenError, InvalidError

admin.site.unregister(Record)

type Writer = Callable[[Iterable[Record]], Iterator[str]]


@admin.register(Record)
class AuditAdmin(RecordedAdmin, RecordAdmin):
    """Who did what, to be narrowed, and taken away as a file."""

    list_before_template = "admin/audit_exports.html"

    def look_at_list(self, request: HttpRequest, listed: ChangeList) -> None:
        """Record that somebody looks at the audit."""
        _look(request, request.GET.urlencode())

    def look_at(self, request: HttpRequest, object_id: str) -> None:
        """Record that somebody looks at a record."""
        _look(request, f"record {object_id}")

    def refuse(
        self, request: HttpRequest, deed: str, object_id: str | None, reason: str
    ) -> None:
        """Record that somebody tried to."""
        mediator.refused(
            actor=actor_of(request, Channel.ADMIN),
            action="audit",
            reason=reason,
            about=f"{deed} record {object_id}" if object_id else "",
            now=timezone.now(),
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the two files."""
        site = self.admin_site
        return [
            path("csv/", site.admin_view(self.as_csv), name="audit_record_csv"),
            path("ocsf/", site.admin_view(self.as_ocsf), name="audit_record_ocsf"),
            *super().get_urls(),
        ]

    def as_csv(self, request: HttpRequest) -> StreamingHttpResponse:
        """Send what the list holds as a table."""
        return self._file(request, "csv", "text/csv", export.as_csv)

    def as_ocsf(self, request: HttpRequest) -> StreamingHttpResponse:
        """Send what the list holds as OCSF's API Activity, a line of JSON each."""
        return self._file(request, "ndjson", "application/x-ndjson", export.as_ocsf)

    def _listed(self, request: HttpRequest) -> RecordQuerySet:
        listed: RecordQuerySet = self.get_changelist_instance(request).queryset
        return listed

    def _file(
        self, request: HttpRequest, suffix: str, media_type: str, write: Writer
    ) -> StreamingHttpResponse:
        try:
            records = mediator.export_audit(
                actor=actor_of(request, Channel.ADMIN),
                choose=lambda: self._listed(request),
                what=request.GET.urlencode(),
                now=timezone.now(),
            )
        except ForbiddenError as refusal:
            raise PermissionDenied(str(refusal)) from None
        except (IncorrectLookupParameters, DisallowedModelAdminLookup):
            self.refuse(request, "list", None, InvalidError.reason)
            msg = "The audit is not narrowed so: begin at its list."
            raise BadRequest(msg) from None
        name = f"audit-{timezone.now():%Y%m%d-%H%M%S}.{suffix}"
        return StreamingHttpResponse(
            write(records),
            content_type=media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _look(request: HttpRequest, what: str) -> None:
    try:
        mediator.look_at_audit(
            actor=actor_of(request, Channel.ADMIN), what=what, now=timezone.now()
        )
    except ForbiddenError as refusal:
        raise PermissionDenied(str(refusal)) from None
