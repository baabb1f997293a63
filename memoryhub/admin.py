"""The hub's admin site, whose index is the CEO's dashboard."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods
from unfold.sites import UnfoldAdminSite

from accounts import second_factor, viewing
from accounts.actor import Channel
from accounts.forms import SignInForm
from accounts.models import User
from accounts.roles import Role
from memories import mediator
from memories.actors import actor_of
from memories.permissions import may_administer
from memories.schemas.registry import registry
from memoryhub import second_factor as factor_pages
from memoryhub import view_as
from memoryhub.signing_in import CodeView, SignInView


class HubAdminSite(UnfoldAdminSite):
    """The admin for people: everyone but services, each by the role table."""

    index_template = "admin/dashboard.html"
    index_title = "What the company knows"

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Add the pages of the second factor, and the way into another's view."""
        return [
            path("view-as/", self.admin_view(self.view_as), name="view_as"),
            path("view-as/end/", self.admin_view(view_as.end), name="view_as_end"),
            path("login/code/", self.sign_in_code, name="sign_in_code"),
            path(
                "second-factor/",
                never_cache(csrf_protect(self.second_factor)),
                name="second_factor",
            ),
            path(
                "accounts/user/<int:account_id>/second-factor/",
                self.admin_view(self.reset_second_factor),
                name="second_factor_reset",
            ),
            *super().get_urls(),
        ]

    def has_permission(self, request: HttpRequest) -> bool:
        """Let people in; what they find inside is decided memory by memory."""
        return _is_person(request) and (
            not _lacks_factor(request) or request.path == reverse("admin:logout")
        )

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Ask who it is; somebody who only lacks a second factor sets one up."""
        viewer = viewing.viewer_of(request)
        if isinstance(viewer, User) and _is_person(request) and _lacks_factor(request):
            view_as.leave(request)
            if second_factor.app_of(viewer) is None:
                return redirect("admin:second_factor")
            logout(request)
        leads_to = SignInView(request=request).get_redirect_url()
        leads_to = leads_to or reverse("admin:index")
        if request.method == "GET" and self.has_permission(request):
            return redirect(leads_to)
        context = self._page(request, title="Sign in") | {
            "app_path": request.get_full_path(),
            "next": leads_to,
        }
        return SignInView.as_view(
            extra_context=context,
            authentication_form=SignInForm,
            template_name="admin/login.html",
        )(request)

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Sign somebody out, in one transaction with the record of it."""
        with transaction.atomic():
            if request.method == "POST":
                view_as.leave(request)
                mediator.administered(
                    actor=actor_of(request, Channel.ADMIN),
                    action="sign_out",
                    about="",
                    now=timezone.now(),
                )
            answer: HttpResponseBase = super().logout(request, extra_context)
        return answer

    def sign_in_code(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for the code, the second step of signing in."""
        context = self._page(request, title="Enter the code")
        return CodeView.as_view(extra_context=context)(request)

    def second_factor(self, request: HttpRequest) -> HttpResponse:
        """Show people their second factor, and those who lack a required one, too."""
        user = request.user
        if not isinstance(user, User) or not _is_person(request):
            return redirect("admin:login")
        if user != viewing.viewer_of(request):
            return redirect("admin:index")
        if _lacks_factor(request) and second_factor.app_of(user) is not None:
            return redirect("admin:login")
        return factor_pages.own(
            request, user=user, context=self._page(request, title="Second factor")
        )

    def reset_second_factor(
        self, request: HttpRequest, account_id: int
    ) -> HttpResponse:
        """Let the CEO help somebody who has lost theirs."""
        context = self._page(request, title="Reset the second factor")
        return factor_pages.reset(request, account_id, context=context)

    def view_as(self, request: HttpRequest) -> HttpResponse:
        """Let a CEO see what another person sees."""
        return view_as.begin(request, context=self._page(request, title="View as"))

    def admin_view(self, view: Any, *args: Any, **options: Any) -> Any:
        """Let pages be read and forms be sent, and take no other method."""
        inner = super().admin_view(view, *args, **options)
        return require_http_methods(["GET", "HEAD", "POST"])(inner)

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Answer no search over models: a list's own box asks the hub's engine."""
        raise Http404

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Answer no fields that look accounts up: none of the forms has one."""
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

    def _page(self, request: HttpRequest, *, title: str) -> dict[str, Any]:
        request.current_app = self.name
        return {**self.each_context(request), "title": title, "subtitle": None}


def _is_person(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.is_active and user.role is not Role.SERVICE


def _lacks_factor(request: HttpRequest) -> bool:
    """Say whether the hub asks for a second factor that this session has not seen."""
    required = settings.ADMIN_TWO_FACTOR == "required"
    viewer = viewing.viewer_of(request)
    return required and getattr(viewer, "otp_device", None) is None


def administers(request: HttpRequest) -> bool:
    """Say whether somebody sees the governance part of the sidebar."""
    user = request.user
    return isinstance(user, User) and may_administer(user.role)
