"""The lists and pages of memories: everything is read and written by the mediator."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Literal, get_origin

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.views import ChangeList

from accounts.actor import Actor, Channel
from memories import mediator
from memories.actors import actor_of
from memories.addressed import ids_in
from memories.admin.access import AccessAdmin
from memories.admin.annotating import AnnotatingAdmin, open_page
from memories.admin.fields import PREFIX, fields_for
from memories.admin.filters import DaysFilter, OwnerFilter, SourceFilter
from memories.admin.forms import MemoryForm, form_for
from memories.errors import InvalidError, NotFoundError
from memories.models import Memory
from memories.permissions import Deed, Ownership, may_store
from memories.schemas.base import Content
from memories.schemas.draft import Draft
from memories.schemas.registry import registry

ENVELOPE = (
    "source",
    "external_id",
    "version",
    "created_at",
    "updated_at",
    "expires_at",
    "legal_hold",
)


VERBS = {
    "list": "browse",
    "create": "store",
    "change": "amend",
    "delete": "forget",
    "history": "history",
    "access": "access",
    "annotate": "annotate",
}


class MemoryAdmin(AnnotatingAdmin, AccessAdmin):
    """One type of memory; who may do what with one is the role table's to say."""

    list_filter = (SourceFilter, OwnerFilter, ("occurred_at", DaysFilter))
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    ordering = ("-occurred_at", "-id")
    search_fields = ("title",)
    search_help_text = 'Words, "a phrase", -not, prefi*, tag:pricing, customer:"Acme"'
    warn_unsaved_form = True
    object_history_template = "admin/memory_history.html"

    @property
    def type_name(self) -> str:
        """The type that this screen is for."""
        name: str = self.model.type_name
        return name

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Everyone who is let in has memories."""
        return True

    def has_view_permission(
        self, request: HttpRequest, obj: Memory | None = None
    ) -> bool:
        """The list holds only what the actor may see."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Everyone may store for themselves."""
        return True

    def has_change_permission(
        self, request: HttpRequest, obj: Memory | None = None
    ) -> bool:
        """Ask the role table about this memory."""
        return obj is None or _may(request, Deed.CHANGE, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Memory | None = None
    ) -> bool:
        """Ask the role table about this memory."""
        return obj is None or _may(request, Deed.DELETE, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Memory]:
        """Hold what the actor may see of this type."""
        return mediator.browse(
            actor=_actor(request), type_=self.type_name, now=timezone.now()
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Memory], search_term: str
    ) -> tuple[QuerySet[Memory], bool]:
        """Search by the hub's engine, the best first."""
        if not search_term.strip():
            return queryset, False
        try:
            best = mediator.browse(
                actor=_actor(request),
                type_=self.type_name,
                now=timezone.now(),
                text=search_term,
            )
        except InvalidError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return queryset.none(), False
        return best.filter(pk__in=queryset.order_by().values("pk")), False

    def look_at_list(self, request: HttpRequest, listed: ChangeList) -> None:
        """Record which memories somebody saw."""
        mediator.browsed(
            actor=_actor(request),
            memories=listed.result_list,
            text=listed.query,
            now=timezone.now(),
        )

    def look_at(self, request: HttpRequest, object_id: str) -> None:
        """Open a memory, if it is the actor's to see, with what is remarked on it."""
        request.remarks = open_page(request, self.type_name, object_id)  # type: ignore[attr-defined]  # ours

    def refuse(
        self, request: HttpRequest, deed: str, object_id: str | None, reason: str
    ) -> None:
        """Record it by the verb that would have done it."""
        mediator.refused(
            actor=_actor(request),
            action=VERBS[deed],
            reason=reason,
            memory_ids=ids_in(object_id),
            now=timezone.now(),
        )

    def get_list_display(
        self, request: HttpRequest
    ) -> Sequence[str | Callable[[Memory], Any]]:
        """Show the title, what the schema puts forward, where from, whose and when."""
        schema = registry().latest(self.type_name)
        columns = [_content_column(schema, name) for name in schema.dashboard]
        return ["title", *columns, "source", "whose", "when"]

    @display(description="owner", ordering="owner__email")
    def whose(self, memory: Memory) -> str:
        """Name the owner."""
        if memory.owner is None:
            return "nobody"
        return memory.owner.get_full_name() or memory.owner.email

    @display(description="when", ordering="occurred_at")
    def when(self, memory: Memory) -> str:
        """Say when it happened."""
        return f"{memory.occurred_at:%d %b %Y, %H:%M}"

    def get_form(
        self,
        request: HttpRequest,
        obj: Memory | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> type[MemoryForm]:
        """Offer the fields of the type's schema."""
        return super().get_form(
            request, obj, change, **kwargs, form=form_for(self.type_name)
        )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Memory | None = None
    ) -> Sequence[str]:
        """Show the envelope; a memory that may not be changed shows as a page."""
        return (*ENVELOPE, "written") if obj else ()

    def get_fieldsets(
        self, request: HttpRequest, obj: Memory | None = None
    ) -> list[tuple[str | None, dict[str, Any]]]:
        """Put the content first: as a form, or as a page for those who only read."""
        if obj and not self.has_change_permission(request, obj):
            fields = ["written", "tags", "occurred_at", "owner", *ENVELOPE]
            return [(None, {"fields": fields})]
        about = ["title", "tags", "occurred_at"]
        if may_store(_actor(request).role, self.type_name) is Ownership.ANYONES:
            about.append("owner")
        content = list(fields_for(registry().latest(self.type_name)))
        sections: list[tuple[str | None, dict[str, Any]]] = [
            (None, {"fields": [*content, "seen_version"]}),
            ("About it", {"fields": about}),
            ("Metadata", {"fields": ["metadata"], "classes": ["collapse"]}),
        ]
        if obj:
            sections.append(("Kept by the hub", {"fields": ENVELOPE}))
        return sections

    @display(description="")
    def written(self, memory: Memory) -> SafeString:
        """Show the content as a page, each field under its name."""
        content = memory.read_content()
        return render_to_string(
            "admin/memory_content.html",
            {
                "rows": [
                    (name.replace("_", " ").capitalize(), value)
                    for name, value in content
                    if value not in (None, [], "")
                ]
            },
        )

    def save_model(
        self, request: HttpRequest, obj: Memory, form: MemoryForm, change: Any
    ) -> None:
        """Store or amend by the mediator."""
        actor, now = _actor(request), timezone.now()
        if form.handed_in is None:
            return
        if isinstance(form.handed_in, Draft):
            stored = mediator.store(actor=actor, draft=form.handed_in, now=now)
            obj.pk = stored.memory.pk
        else:
            mediator.amend(
                actor=actor,
                memory_id=obj.pk,
                amendment=form.handed_in,
                expected_version=form.cleaned_data["seen_version"],
                now=now,
            )

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Say what a deletion takes: the memory, and all that hangs on it."""
        held = [f"{memory} (legal hold)" for memory in objs if memory.legal_hold]
        return [str(memory) for memory in objs], {}, set(), held

    def delete_model(self, request: HttpRequest, obj: Memory) -> None:
        """Forget by the mediator."""
        mediator.forget(actor=_actor(request), memory_id=obj.pk, now=timezone.now())

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show every version, who made it, and when."""
        memory = self.listed(request, object_id, "history")
        try:
            versions = mediator.history(
                actor=_actor(request), memory_id=memory.pk, now=timezone.now()
            )
        except NotFoundError:
            raise Http404 from None
        return TemplateResponse(
            request,
            self.object_history_template,
            {
                **self.admin_site.each_context(request),
                "title": f"History of {memory}",
                "opts": self.opts,
                "object": memory,
                "versions": versions,
                **(extra_context or {}),
            },
        )

    def log_addition(self, *_: Any) -> None:
        """Leave the record to the audit."""

    def log_change(self, *_: Any) -> None:
        """Leave the record to the audit."""

    def log_deletions(self, *_: Any) -> None:
        """Leave the record to the audit."""


@cache
def _content_column(schema: type[Content], name: str) -> Callable[[Memory], Any]:
    """Return a list column for a field of the content; a choice shows as a label."""
    is_choice = get_origin(schema.model_fields[name].annotation) is Literal

    @display(description=name.replace("_", " "), label=is_choice or None)
    def column(memory: Memory) -> Any:
        value = memory.content.get(name)
        return "-" if value in (None, "") else value

    column.__name__ = f"{PREFIX}{name}"
    return column


def _actor(request: HttpRequest) -> Actor:
    return actor_of(request, Channel.ADMIN)


def _may(request: HttpRequest, deed: Deed, memory: Memory) -> bool:
    return mediator.may(
        actor=_actor(request), deed=deed, memory_id=memory.pk, now=timezone.now()
    )
