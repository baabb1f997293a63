"""Who a request comes from."""

from typing import Any

import structlog
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.actor import Actor, Channel
from accounts.addresses import address_of
from accounts.models import User
from accounts.roles import Role
from memories.errors import Fault, ForbiddenError, InvalidError

BEHALF_HEADER = "X-On-Behalf-Of"


def actor_of(request: Request | HttpRequest, channel: Channel = Channel.API) -> Actor:
    """Return the actor of an authenticated request, who may view as somebody else.

    Raises:
        ForbiddenError: somebody who is no service acts on another's behalf.
        InvalidError: nobody active has the address acted for.
    """
    user = request.user
    if not isinstance(user, User):
        msg = "Sign in first."
        raise ForbiddenError(msg)
    origin = origin_of(request, channel)
    viewer = getattr(request, "viewer", None)
    if isinstance(viewer, User):
        return Actor(user=viewer, behalf=user, **origin)
    if channel is Channel.ADMIN:
        return Actor(user=user, **origin)
    behalf = _behalf(user, request.headers.get(BEHALF_HEADER))
    return Actor(user=user, behalf=behalf, **origin)


def origin_of(request: Request | HttpRequest, channel: Channel) -> dict[str, Any]:
    """Return where a request comes from, as the fields of an actor."""
    return {
        "channel": channel,
        "ip": address_of(request),
        "user_agent": request.headers.get("User-Agent", ""),
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }


def _behalf(user: User, address: str | None) -> User | None:
    if address is None:
        return None
    if user.role is not Role.SERVICE:
        msg = f"Only a service may act for another person: leave {BEHALF_HEADER} out."
        raise ForbiddenError(msg)
    person = User.objects.at_address(address).filter(is_active=True).first()
    if person is None or person.role is Role.SERVICE:
        detail = f"no person with the address {address} has an active account"
        raise InvalidError([Fault(BEHALF_HEADER, detail)])
    return person
