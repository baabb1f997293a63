"""The audit's public face: write one record of one access."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError
from django.utils.crypto import salted_hmac

from audit.models import Record

ID_LIMIT = 200


class UnavailableError(Exception):
    """The record could not be written, so the access must not happen."""


class Accessor(Protocol):
    """Who is asking, and from where: what the audit needs to know of an actor."""

    @property
    def actor_id(self) -> int | None: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def behalf_name(self) -> str: ...
    @property
    def role_name(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def ip(self) -> str | None: ...
    @property
    def user_agent(self) -> str: ...
    @property
    def request_id(self) -> str: ...


@dataclass(slots=True, kw_only=True)
class Access:
    """One access while it happens: its finder fills in what it learns on the way."""

    accessor: Accessor
    action: str
    at: datetime
    memory_ids: Sequence[UUID] = ()
    returned: int = 0
    query: str = ""
    refusal: str = ""
    about: str = ""
    """What else it was about than memories, such as `account 7`; kept as the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One access to a memory, as the record has it."""

    at: datetime
    actor: str
    on_behalf_of: str
    role: str
    channel: str
    action: str
    outcome: str


def looks(memory_id: UUID, *, limit: int = 100) -> list[Look]:
    """Return the latest accesses to a memory, the newest first.

    An access to more than ID_LIMIT memories at once names none of them.
    """
    found = Record.objects.filter(memory_ids__contains=[memory_id]).order_by("-seq")
    names = [field.name for field in fields(Look)]
    return [Look(**row) for row in found.values(*names)[:limit]]


def record(access: Access) -> None:
    """Write the record, in the caller's transaction.

    Raises:
        UnavailableError: the database did not take it.
    """
    who, ids = access.accessor, sorted(access.memory_ids)
    few = len(ids) <= ID_LIMIT
    try:
        Record.objects.create(
            at=access.at,
            actor_id=who.actor_id,
            actor=who.actor_name,
            on_behalf_of=who.behalf_name,
            role=who.role_name,
            channel=who.channel,
            action=access.action,
            memory_ids=ids if few else [],
            memory_count=len(ids),
            memory_digest="" if few else _digest(" ".join(map(str, ids))),
            outcome=(
                Record.Outcome.REFUSED if access.refusal else Record.Outcome.ALLOWED
            ),
            reason=(access.refusal or access.about)[:255],
            returned=access.returned,
            query_digest=_digest(access.query) if access.query else "",
            ip=who.ip,
            user_agent=who.user_agent[:255],
            request_id=who.request_id[:64],
        )
    except DatabaseError as error:
        msg = "The access could not be recorded, so it was refused. Try again shortly."
        raise UnavailableError(msg) from error


def _digest(text: str) -> str:
    """Return a keyed digest: equal texts are seen to be equal, and no more."""
    return salted_hmac("audit", text, algorithm="sha256").hexdigest()
