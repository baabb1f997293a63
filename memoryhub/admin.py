"""The hub's admin site, whose index is the CEO's dashboard."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from accounts import viewing
from accounts.actor import Channel
from accounts.choosing import ViewAsForm
from accounts.models import User
from accounts.roles import Role
from memories import mediator
from memories.actors import actor_of
from memories.errors import ForbiddenError, InvalidError
from memories.permissions import may_administer
from memories.schemas.registry import registry


class HubAdminSite(UnfoldAdminSite):
    """The admin for people: everyone but services, each by the role table."""

    index_template = "admin/dashboard.html"
    index_title = "What the company knows"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let people in; what they find inside is decided memory by memory."""
        user = request.user
        return (
            isinstance(user, User) and user.is_active and user.role is not Role.SERVICE
        )

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Answer no search over models: a list's own box asks the hub's engine."""
        raise Http404

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the dashboard: figures, and the newest insights and decisions."""
        overview = mediator.overview(
            actor=actor_of(request, Channel.ADMIN), now=timezone.now()
        )
        tiles = [
            {
                "label": schema.label,
                "count": overview.by_type.get(schema.type, 0),
                "url": reverse(f"admin:memories_{schema.type}memory_changelist"),
            }
            for schema in registry().latest_versions
        ]
        shown = {"overview": overview, "tiles": tiles}
        return super().index(request, {**(extra_context or {}), **shown})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the way into another person's view, and out of it."""
        return [
            path("view-as/", self.admin_view(self.view_as), name="view_as"),
            path("view-as/end/", self.admin_view(self.view_as_end), name="view_as_end"),
            *super().get_urls(),
        ]

    def view_as(self, request: HttpRequest) -> HttpResponse:
        """Ask whom to view the hub as, and begin."""
        form = ViewAsForm(request.POST or None)
        if form.is_valid():
            try:
                person = mediator.view_as(
                    actor=actor_of(request, Channel.ADMIN),
                    email=form.cleaned_data["email"],
                    now=timezone.now(),
                )
            except InvalidError as refusal:
                form.add_error("email", refusal.faults[0].detail)
            except ForbiddenError as refusal:
                raise PermissionDenied(str(refusal)) from None
            else:
                viewing.begin(request, person)
                return redirect("admin:index")
        if not administers(request):
            raise PermissionDenied
        context = {**self.each_context(request), "title": "View as", "form": form}
        return TemplateResponse(request, "admin/view_as.html", context)

    def view_as_end(self, request: HttpRequest) -> HttpResponse:
        """Return to one's own view."""
        if request.method == "POST":
            viewing.end(request)
        return redirect("admin:index")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Let people change their password, in one transaction with its record."""
        with transaction.atomic():
            answer: HttpResponse = super().password_change(request, extra_context)
            if answer.status_code == HTTPStatus.FOUND:
                mediator.administered(
                    actor=actor_of(request, Channel.ADMIN),
                    action="account_change",
                    about=f"account {request.user.pk}: own password",
                    now=timezone.now(),
                )
        return answer


def administers(request: HttpRequest) -> bool:
    """Say whether somebody sees the governance part of the sidebar."""
    user = request.user
    return isinstance(user, User) and may_administer(user.role)
