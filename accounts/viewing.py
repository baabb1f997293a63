"""Viewing the hub as somebody else: their view, and nothing can be changed.

While it lasts the request's user is the one viewed as, so that every page decides as it
would for them; `request.viewer` is who really looks.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role

_KEY = "view_as"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def begin(request: HttpRequest, person: User) -> None:
    """View as a person from the next request on."""
    request.session[_KEY] = person.pk


def end(request: HttpRequest) -> User | None:
    """View as oneself again; returns the person who was viewed as, if there was one."""
    return User.objects.filter(pk=request.session.pop(_KEY, None)).first()


def viewer_of(request: HttpRequest) -> object:
    """Return who really looks: whoever is signed in."""
    return getattr(request, "viewer", request.user)


def may_view_as(viewer: object, person: User | None) -> bool:
    """Say whether somebody may view the hub as a person: a CEO, as another active one.

    A service has no view of its own in the admin.
    """
    return (
        isinstance(viewer, User)
        and viewer.is_active
        and viewer.role is Role.CEO
        and person is not None
        and person.is_active
        and person.role is not Role.SERVICE
        and person != viewer
    )


class ViewAsMiddleware:
    """Put the person viewed as in the viewer's place, asked anew with each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the person viewed as would be answered."""
        # Without a cookie there is no session to open, and no answer varies by one.
        is_known = settings.SESSION_COOKIE_NAME in request.COOKIES
        is_admin = request.path.startswith(reverse("admin:index"))
        if is_known and is_admin and (number := request.session.get(_KEY)):
            person = User.objects.filter(pk=number).first()
            if person is None or not may_view_as(request.user, person):
                end(request)
            elif request.method in _SAFE:
                request.viewer, request.user = request.user, person  # type: ignore[attr-defined]  # ours
            elif request.path not in _ways_out():
                msg = f"You are viewing as {person}: nothing can be changed."
                raise PermissionDenied(msg)
        return self.get_response(request)


def _ways_out() -> set[str]:
    return {reverse("admin:view_as_end"), reverse("admin:logout")}
