"""The page where a CEO begins to view the hub as somebody else."""

from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts import viewing
from accounts.actor import Channel
from accounts.choosing import ViewAsForm
from audit import trail
from memories import mediator
from memories.actors import actor_of
from memories.errors import ForbiddenError, InvalidError


def begin(request: HttpRequest, *, context: dict[str, Any]) -> HttpResponse:
    """Ask whom to view the hub as, and begin."""
    form = ViewAsForm(request.POST or None)
    if request.method == "POST":
        try:
            person = mediator.view_as(
                actor=actor_of(request, Channel.ADMIN),
                email=request.POST.get("email", ""),
                now=timezone.now(),
            )
        except InvalidError as refusal:
            form.add_error("email", refusal.faults[0].detail)
        except ForbiddenError as refusal:
            raise PermissionDenied(str(refusal)) from None
        else:
            viewing.begin(request, person)
            return redirect("admin:index")
    return TemplateResponse(request, "admin/view_as.html", {**context, "form": form})


def end(request: HttpRequest) -> HttpResponse:
    """Return to one's own view."""
    if request.method == "POST":
        leave(request)
    return redirect("admin:index")


def leave(request: HttpRequest) -> None:
    """End the view of whom one views as, if one does, with a record of that."""
    if person := viewing.end(request):
        viewer = actor_of(request, Channel.ADMIN)
        trail.record(
            trail.Access(
                accessor=replace(viewer, behalf=person),
                action="view_as_end",
                at=timezone.now(),
            )
        )
