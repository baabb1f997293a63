"""The hub's admin site, whose index is the CEO's dashboard."""

from typing import Any

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from accounts.actor import Channel
from accounts.models import User
from accounts.roles import Role
from memories import mediator
from memories.actors import actor_of
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


def administers(request: HttpRequest) -> bool:
    """Say whether somebody sees the governance part of the sidebar."""
    user = request.user
    return isinstance(user, User) and may_administer(user.role)
