"""Viewing the hub as somebody else: their view, and nothing can be changed.

While it lasts the request's user is the one viewed as, so that every page decides as it
would for them; `request.viewer` is who really looks.
"""

from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Role

_KEY = "view_as"


def begin(request: HttpRequest, person: User) -> None:
    """View as a person from the next request on."""
    request.session[_KEY] = person.pk


def end(request: HttpRequest) -> None:
    """View as oneself again."""
    request.session.pop(_KEY, None)


def is_viewing(request: HttpRequest) -> bool:
    """Say whether whoever is signed in views the hub as somebody else."""
    return _KEY in request.session


def person_of(request: HttpRequest) -> User | None:
    """Return the person who is viewed as; None if the account is gone, or nobody is."""
    number: int | None = request.session.get(_KEY)
    return User.objects.filter(pk=number).first() if number else None


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
