"""Who a request comes from."""

from dataclasses import replace
from typing import Any

import structlog
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts import scopes
from accounts.actor import Actor, Channel
from accounts.addresses import address_of
from accounts.models import User
from accounts.roles import Role
from memories.access import refused
from memories.errors import Fault, ForbiddenError, HubError, InvalidError

BEHALF_HEADER = "X-On-Behalf-Of"


def actor_of(request: Request | HttpRequest, channel: Channel = Channel.API) -> Actor:
    """Return the actor of an authenticated request, who may view as somebody else.

    Raises:
        ForbiddenError: somebody who is no service acts on another's behalf.
        InvalidError: nobody active has the address acted for. Both are on record.
    """
    user = request.user
    if not isinstance(user, User):
        msg = "Sign in first."
        raise ForbiddenError(msg)
    origin = origin_of(request, channel)
    viewer = getattr(request, "viewer", None)
    if isinstance(viewer, User):
        return Actor(user=viewer, behalf=user, **origin)
    actor = Actor(user=user, **origin)
    if channel is Channel.ADMIN:
        return actor
    may = scopes.of_claims(getattr(request, "auth", {}))
    behalf = request.headers.get(BEHALF_HEADER)
    return acting(replace(actor, scopes=may), behalf=behalf)


def acting(actor: Actor, *, behalf: str | None) -> Actor:
    """Return the actor as it acts for the person with an address, if one is given.

    Raises:
        ForbiddenError, InvalidError: as `actor_of`; that is on record.
    """
    try:
        return replace(actor, behalf=_behalf(actor.role, behalf))
    except HubError as refusal:
        now, reason = timezone.now(), refusal.reason
        refused(actor=actor, action="act_for", reason=reason, now=now)
        raise


def origin_of(request: Request | HttpRequest, channel: Channel) -> dict[str, Any]:
    """Return where a request comes from, as the fields of an actor."""
    return {
        "channel": channel,
        "ip": address_of(request),
        "user_agent": request.headers.get("User-Agent", ""),
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }


def _behalf(role: Role | None, address: str | None) -> User | None:
    if address is None:
        return None
    if role is not Role.SERVICE:
        msg = f"Only a service may act for another person: leave {BEHALF_HEADER} out."
        raise ForbiddenError(msg)
    person = User.objects.at_address(address).filter(is_active=True).first()
    if person is None or person.role is Role.SERVICE:
        detail = f"no person with the address {address} has an active account"
        raise InvalidError([Fault(BEHALF_HEADER, detail)])
    return person
