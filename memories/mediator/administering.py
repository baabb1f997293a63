"""Verbs about who has an account, beside what Django's admin does by itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from accounts import credentials
from accounts.actor import Actor
from accounts.credentials import NewSecret
from accounts.models import User
from accounts.roles import SIGNS_IN_BY_SECRET
from audit import trail
from memories.access import accessing
from memories.errors import Fault, ForbiddenError, InvalidError
from memories.permissions import may_administer


def create_service(*, actor: Actor, email: str, now: datetime) -> NewSecret:
    """Make a service account with its first secret.

    Raises:
        ForbiddenError: the actor's role does not make accounts.
        InvalidError: it is no e-mail address, or there is an account with it.
    """
    with _administering(actor, "account_create", now) as access:
        made = credentials.create(email=email, now=now)
        access.about = f"account {made.service.pk}: a service with its first secret"
        return made


def rotate_secret(
    *, actor: Actor, email: str, overlap: timedelta, now: datetime
) -> NewSecret:
    """Make a service another secret; the ones before it end after the overlap.

    Raises:
        ForbiddenError: the actor's role does not change accounts.
        InvalidError: no service account has this address.
    """
    with _administering(actor, "account_change", now) as access:
        made = credentials.rotate(email=email, overlap=overlap, now=now)
        access.about = f"account {made.service.pk}: another secret"
        return made


def services(*, actor: Actor, now: datetime) -> Sequence[User]:
    """Return the service accounts with their secrets, for a list of their use.

    Raises:
        ForbiddenError: the actor's role does not see accounts.
    """
    with _administering(actor, "account_list", now) as access:
        found = User.objects.filter(groups__name__in=SIGNS_IN_BY_SECRET)
        listed = list(found.prefetch_related("secrets"))
        access.returned = len(listed)
        return listed


def administered(*, actor: Actor, action: str, about: str, now: datetime) -> None:
    """Record what the actor does in the admin beside memories.

    A change is recorded in its own transaction.

    Raises:
        trail.UnavailableError: it could not be recorded; let the change fail too.
    """
    with accessing(actor=actor, action=action, now=now) as access:
        access.about = about


def look(
    *, actor: Actor, action: str, now: datetime, about: str = "", returned: int = 0
) -> None:
    """Record that the actor looks at accounts, groups or policies in the admin.

    Raises:
        ForbiddenError: they are not for the actor, or for whom it acts.
    """
    with _administering(actor, action, now, about=about) as access:
        access.returned = returned


@contextmanager
def _administering(
    actor: Actor, action: str, now: datetime, *, about: str = ""
) -> Iterator[trail.Access]:
    roles = [actor.role, *([actor.behalf.role] if actor.behalf else [])]
    with accessing(actor=actor, action=action, now=now) as access:
        access.about = about
        if not all(map(may_administer, roles)):
            msg = "Only the CEO has to do with accounts, groups and policies."
            raise ForbiddenError(msg)
        try:
            yield access
        except credentials.AddressError as error:
            raise InvalidError([Fault("email", str(error))]) from None
