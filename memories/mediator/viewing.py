"""The verb of viewing the hub as somebody else."""

from dataclasses import replace
from datetime import datetime

from accounts.actor import Actor
from accounts.models import User
from accounts.roles import Role
from accounts.viewing import may_view_as
from memories.access import accessing
from memories.errors import Fault, ForbiddenError, InvalidError


def view_as(*, actor: Actor, email: str, now: datetime) -> User:
    """Return the person whom the actor is from now on to view the hub as.

    Raises:
        ForbiddenError: the actor is no CEO.
        InvalidError: nobody whom one can view as has the address.
    """
    person = User.objects.at_address(email.strip()).first()
    with accessing(actor=replace(actor, behalf=person), action="view_as", now=now):
        if actor.role is not Role.CEO:
            msg = "Only a CEO may view the hub as somebody else."
            raise ForbiddenError(msg)
        if person is None or not may_view_as(actor.user, person):
            detail = f"no other person with the address {email} has an active account"
            raise InvalidError([Fault("/email", detail)])
        return person
