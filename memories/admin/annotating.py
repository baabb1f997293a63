"""What is remarked on a memory, below its form: to be read, and to be added to."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.actor import Channel
from memories import drafting, mediator
from memories.actors import actor_of
from memories.admin.recording import RecordedAdmin, SeeOther
from memories.annotating import Annotations
from memories.errors import HubError, InvalidError, NotFoundError
from memories.models import Annotation
from memories.permissions import Deed
from memories.schemas.annotating import FIRST_PAGE, AnnotationsRequest, Note


class RemarkForm(forms.Form):
    """A remark; what it may hold is the note's to say."""

    kind = forms.ChoiceField(
        choices=Annotation.Kind.choices, widget=UnfoldAdminSelectWidget
    )
    body = forms.CharField(
        label="A remark",
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


@dataclass(frozen=True, slots=True)
class Remarks:
    """A page of remarks, and the form for another where one may be made."""

    page: Annotations
    form: RemarkForm | None


class AnnotatingAdmin(RecordedAdmin):
    """What a memory's page shows and does about remarks."""

    change_form_outer_after_template = "admin/memory_annotations.html"

    def get_urls(self) -> list[URLPattern]:
        """Add where a remark is sent to."""
        view = self.admin_site.admin_view(self.annotate)
        name = f"memories_{self.opts.model_name}_annotate"
        return [
            path("<path:object_id>/annotate/", view, name=name),
            *super().get_urls(),
        ]

    def annotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Remark something, and lead back to the memory."""
        page = reverse(
            f"admin:memories_{self.opts.model_name}_change", args=[object_id]
        )
        if request.method == "POST":
            memory = self.listed(request, object_id, "annotate")
            try:
                _annotate(request, memory.pk)
                self.message_user(request, "It is remarked.", messages.SUCCESS)
            except NotFoundError:
                raise Http404 from None
            except HubError as refusal:
                self.message_user(request, _said(refusal), messages.ERROR)
        return SeeOther(f"{page}#remarks")


def open_page(request: HttpRequest, type_: str, object_id: str) -> Remarks:
    """Open a memory's page, which is on record, and return what is remarked on it.

    Raises:
        Http404: there is no such memory of the type, or the actor may not see it.
    """
    memory_id, now = _id(object_id), timezone.now()
    actor = actor_of(request, Channel.ADMIN)
    try:
        page = mediator.open_page(
            actor=actor,
            type_=type_,
            memory_id=memory_id,
            request=_asked(request),
            now=now,
        )
    except NotFoundError:
        raise Http404 from None
    may = mediator.may(actor=actor, deed=Deed.ANNOTATE, memory_id=memory_id, now=now)
    return Remarks(page, RemarkForm() if may else None)


def _annotate(request: HttpRequest, memory_id: UUID) -> None:
    written: dict[str, Any] = {
        name: request.POST.get(name, "") for name in RemarkForm.base_fields
    }
    mediator.annotate(
        actor=actor_of(request, Channel.ADMIN),
        memory_id=memory_id,
        note=drafting.read(Note, written),
        now=timezone.now(),
    )


def _asked(request: HttpRequest) -> AnnotationsRequest:
    """Return which remarks to show: the first, unless it is said after which."""
    try:
        return drafting.read(
            AnnotationsRequest, {"cursor": request.GET.get("remarks") or None}
        )
    except InvalidError:
        return FIRST_PAGE


def _said(refusal: HubError) -> str:
    if isinstance(refusal, InvalidError):
        return f"The remark {refusal.faults[0].detail}"
    return str(refusal)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
