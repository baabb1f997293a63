"""Viewing the hub as somebody else: where a CEO begins, and what holds meanwhile."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from accounts import viewing
from accounts.actor import UNKNOWN, Actor, Channel, Stranger
from accounts.choosing import ViewAsForm
from accounts.models import User
from audit import trail
from memories import mediator
from memories.actors import actor_of, origin_of
from memories.addressed import ids_in
from memories.errors import ForbiddenError, InvalidError

_SAFE = {"GET", "HEAD", "OPTIONS"}


def begin(request: HttpRequest, *, context: dict[str, Any]) -> HttpResponse:
    """Ask whom of all the people to view the hub as, and begin."""
    form = ViewAsForm(request.POST or None)
    actor, now = actor_of(request, Channel.ADMIN), timezone.now()
    try:
        if request.method != "POST":
            mediator.look(actor=actor, action="account_list", now=now)
        else:
            email = request.POST.get("email", "")
            viewing.begin(request, mediator.view_as(actor=actor, email=email, now=now))
            return redirect("admin:index")
    except InvalidError as refusal:
        form.add_error("email", refusal.faults[0].detail)
    except ForbiddenError as refusal:
        raise PermissionDenied(str(refusal)) from None
    return TemplateResponse(request, "admin/view_as.html", {**context, "form": form})


def end(request: HttpRequest) -> HttpResponse:
    """Return to one's own view."""
    if request.method == "POST":
        leave(request)
    return redirect("admin:index")


def leave(request: HttpRequest) -> None:
    """End the view of whom one views as, if one does, with a record of that."""
    if viewing.is_viewing(request):
        accessor = _viewer(request, viewing.person_of(request))
        trail.record(
            trail.Access(accessor=accessor, action="view_as_end", at=timezone.now())
        )
        viewing.end(request)


class ViewAsMiddleware:
    """Put the person viewed as in the viewer's place, asked anew with each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the person viewed as would be answered."""
        # Without a cookie there is no session to open, and no answer varies by one.
        is_known = settings.SESSION_COOKIE_NAME in request.COOKIES
        is_admin = request.path.startswith(reverse("admin:index"))
        if is_known and is_admin and viewing.is_viewing(request):
            person = viewing.person_of(request)
            if person is None or not viewing.may_view_as(request.user, person):
                leave(request)
            elif request.method in _SAFE:
                request.viewer, request.user = request.user, person  # type: ignore[attr-defined]  # ours
            elif request.path not in _ways_out():
                _refuse(request, person)
        return self.get_response(request)


def _refuse(request: HttpRequest, person: User) -> NoReturn:
    trail.record(
        trail.Access(
            accessor=_viewer(request, person),
            action="view_as_change",
            at=timezone.now(),
            memory_ids=_memory_in(request),
            refusal=ForbiddenError.reason,
            about=request.path,
        )
    )
    msg = f"You are viewing as {person}: nothing can be changed."
    raise PermissionDenied(msg)


def _memory_in(request: HttpRequest) -> list[UUID]:
    """Return the memory whose page was sent to, if it was one's."""
    with suppress(Resolver404):
        found = resolve(request.path_info)
        if "memories_" in (found.url_name or ""):
            return ids_in(found.kwargs.get("object_id"))
    return []


def _viewer(request: HttpRequest, person: User | None) -> trail.Accessor:
    """Return who views as a person, whose account may be closed in the meantime."""
    account = User.objects.filter(pk=request.session[SESSION_KEY]).first()
    origin = origin_of(request, Channel.ADMIN)
    if account is None:
        return Stranger(actor_name=UNKNOWN, **origin)
    return Actor(user=account, behalf=person, **origin)


def _ways_out() -> set[str]:
    return {reverse("admin:view_as_end"), reverse("admin:logout")}
