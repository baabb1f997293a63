"""The screen of who may see a memory, and of sharing one or many."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.actor import Actor, Channel
from accounts.choosing import AddressWidget
from accounts.roles import Role
from memories import mediator
from memories.actors import actor_of
from memories.admin.recording import RecordedAdmin, SeeOther
from memories.errors import HubError, InvalidError, NotFoundError
from memories.models import Memory

AT_ONCE = 900
"""How many memories are shared at once: a form has at most a thousand fields."""


class ShareForm(forms.Form):
    """With whom to share, and what they may do."""

    user = forms.CharField(
        label="A person", required=False, widget=AddressWidget, max_length=254
    )
    group = forms.ModelChoiceField(
        Group.objects.exclude(name__in=list(Role)).order_by("name"),
        label="or a group",
        required=False,
        to_field_name="name",
        empty_label="no group",
        widget=UnfoldAdminSelectWidget,
    )
    can = forms.ChoiceField(
        label="may",
        choices=[("view", "view"), ("change", "view and change")],
        widget=UnfoldAdminSelectWidget,
    )

    def wanted(self) -> dict[str, Any]:
        """Return with whom to share and what they may do, as the verbs take it."""
        group = self.cleaned_data["group"]
        return {
            "with_user": self.cleaned_data["user"] or None,
            "with_group": group.name if group else None,
            "can": self.cleaned_data["can"],
        }

    def report(self, refusal: InvalidError) -> None:
        """Say at each field what is wrong with it."""
        for fault in refusal.faults:
            self.add_error(fault.pointer.removeprefix("/"), fault.detail)


class AccessAdmin(RecordedAdmin):
    """What a memory's screens show and do about who may see it."""

    actions = ("share_chosen",)
    actions_detail = ("access",)

    def get_actions(
        self,
        request: HttpRequest,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> dict[str, Any]:
        """Leave out Django's own deletion, which would go around the mediator."""
        offered = super().get_actions(request, action_location)
        return {name: one for name, one in offered.items() if name != "delete_selected"}

    @action(description="Who can see this", url_path="access", icon="group")
    def access(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show who may see a memory and why; share it, or take a share back."""
        memory_id, form = self.listed(request, object_id, "access").pk, ShareForm()
        if request.method == "POST":
            form = ShareForm(request.POST)
            try:
                if told := _changed(_actor(request), memory_id, request, form):
                    self.message_user(request, told, messages.SUCCESS)
                    return SeeOther(request.path)
            except InvalidError as refusal:
                form.report(refusal)
            except HubError as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
                return SeeOther(request.path)
        try:
            found = mediator.access(
                actor=_actor(request), memory_id=memory_id, now=timezone.now()
            )
        except NotFoundError:
            raise Http404 from None
        return TemplateResponse(
            request,
            "admin/memory_access.html",
            {
                **self.admin_site.each_context(request),
                "title": "Who can see this",
                "opts": self.opts,
                "found": found,
                "form": form,
            },
        )

    @admin.action(description="Share with a person or a group")
    def share_chosen(
        self, request: HttpRequest, chosen: QuerySet[Memory]
    ) -> HttpResponse | None:
        """Share all that is ticked, after asking with whom."""
        memories = list(chosen[: AT_ONCE + 1])
        if len(memories) > AT_ONCE:
            told = f"At most {AT_ONCE} memories are shared at once: tick fewer."
            self.message_user(request, told, messages.ERROR)
            return None
        form = ShareForm(request.POST if "can" in request.POST else None)
        if form.is_valid():
            outcomes = mediator.share_many(
                actor=_actor(request),
                memory_ids=[memory.pk for memory in memories],
                **form.wanted(),
                now=timezone.now(),
            )
            try:
                self._tell(request, outcomes)
            except InvalidError as refusal:
                form.report(refusal)
            else:
                return SeeOther(request.get_full_path())
        mediator.browsed(
            actor=_actor(request), memories=memories, text="", now=timezone.now()
        )
        return TemplateResponse(
            request,
            "admin/memory_share.html",
            {
                **self.admin_site.each_context(request),
                "title": f"Share {len(memories)} of them",
                "opts": self.opts,
                "memories": memories,
                "form": form,
                "back": reverse(f"admin:memories_{self.opts.model_name}_changelist"),
                "ticked": ACTION_CHECKBOX_NAME,
            },
        )

    def _tell(self, request: HttpRequest, outcomes: Mapping[UUID, object]) -> None:
        """Say what was shared, and why the rest was not.

        Raises:
            InvalidError: nothing can be shared with whom was named.
        """
        refused = [one for one in outcomes.values() if isinstance(one, HubError)]
        invalid = [one for one in refused if isinstance(one, InvalidError)]
        done = len(outcomes) - len(refused)
        if invalid and not done:
            raise invalid[0]
        if done:
            told = f"{done} shared." if done > 1 else "One is shared."
            self.message_user(request, told, messages.SUCCESS)
        for reason in dict.fromkeys(map(str, refused)):
            count = sum(str(one) == reason for one in refused)
            self.message_user(request, f"{count} not: {reason}", messages.WARNING)


def _changed(
    actor: Actor, memory_id: UUID, request: HttpRequest, form: ShareForm
) -> str:
    """Do what was asked for, and say so; nothing where it was not filled in rightly."""
    now = timezone.now()
    user, group = (request.POST.get(f"unshare_{name}") for name in ("user", "group"))
    if user or group:
        mediator.unshare(
            actor=actor, memory_id=memory_id, with_user=user, with_group=group, now=now
        )
        return f"It is no longer shared with {user or group}."
    if not form.is_valid():
        return ""
    wanted = form.wanted()
    mediator.share(actor=actor, memory_id=memory_id, **wanted, now=now)
    return f"It is shared with {wanted['with_user'] or wanted['with_group']}."


def _actor(request: HttpRequest) -> Actor:
    return actor_of(request, Channel.ADMIN)
