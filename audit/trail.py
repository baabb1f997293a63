"""The audit's public face: record an access, find a person's, erase the person."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError
from django.utils.crypto import salted_hmac

from audit import personal, subjects
from audit.models import Record
from audit.querysets import RecordQuerySet

ID_LIMIT = 200
ADDRESS_LIMIT = 254


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
    reason: str


def looks(memory_id: UUID, *, limit: int = 100) -> list[Look]:
    """Return the latest accesses to a memory, the newest first.

    An access to more than ID_LIMIT memories at once names none of them.
    """
    found = find(memory_id=memory_id)
    names = [field.name for field in fields(Look)]
    return [
        Look(**{name: getattr(record, name) for name in names})
        for record in found.with_people()[:limit]
    ]


def record(access: Access) -> None:
    """Write the record, in the caller's transaction.

    Raises:
        UnavailableError: the database did not take it.
    """
    who, ids = access.accessor, sorted(access.memory_ids)
    few = len(ids) <= ID_LIMIT
    try:
        written = Record(
            at=access.at,
            actor_id=who.actor_id,
            role=who.role_name,
            channel=who.channel,
            action=access.action,
            memory_ids=ids if few else [],
            memory_count=len(ids),
            memory_digest="" if few else _digest(" ".join(map(str, ids))),
            outcome=(
                Record.Outcome.REFUSED if access.refusal else Record.Outcome.ALLOWED
            ),
            reason=_reason(access)[:255],
            returned=access.returned,
            query_digest=_digest(access.query) if access.query else "",
            request_id=who.request_id[:64],
        )
        _name(written, who)
        written.append()
    except DatabaseError as error:
        msg = "The access could not be recorded, so it was refused. Try again shortly."
        raise UnavailableError(msg) from error


def find(
    *,
    address: str | None = None,
    memory_id: UUID | None = None,
    action: str | None = None,
    outcome: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    before: int | None = None,
) -> RecordQuerySet:
    """Return the records that fit all that is given, the newest first.

    `before` goes on behind the record with that `seq`.
    """
    found = records_of(address=address) if address else Record.objects.all()
    if memory_id:
        found = found.filter(memory_ids__contains=[memory_id])
    if action:
        found = found.filter(action=action)
    if outcome:
        found = found.filter(outcome=outcome)
    if start:
        found = found.filter(at__gte=start)
    if end:
        found = found.filter(at__lt=end)
    if before is not None:
        found = found.filter(seq__lt=before)
    return found.order_by("-seq")


def records_of(*, address: str) -> RecordQuerySet:
    """Return the accesses by one person or on their behalf; none of the erased."""
    return Record.objects.of_subjects(subjects.known(address))


def erase(*, address: str, now: datetime) -> bool:
    """Make unreadable for ever what all records say of a person.

    The records stay, and so does the chain over them. Says whether there were any.
    Other processes may lock under the erased key for another minute, so what the person
    does meanwhile is recorded as that of somebody erased.

    Raises:
        NoSignerError: this process has no key to sign for it; nobody is erased.
    """
    return subjects.erase(address, now=now)


def _reason(access: Access) -> str:
    """Say why it was refused and what else it was about; PostgreSQL keeps no NUL."""
    said = ": ".join(filter(None, [access.refusal, access.about]))
    return said.replace("\0", "")


def _name(written: Record, who: Accessor) -> None:
    """Lock what the record says of people, each under a key of their own."""
    actor, behalf = who.actor_name[:ADDRESS_LIMIT], who.behalf_name
    holders = subjects.holders([actor, behalf] if behalf else [actor])

    def lock(address: str, fields: personal.Fields) -> tuple[UUID, bytes]:
        subject, key = holders[address]
        bound_to = written.binding(subject)
        return subject, personal.lock(fields, key=key, bound_to=bound_to)

    written.actor_subject_id, written.actor_ciphertext = lock(
        actor, {"actor": actor, "ip": who.ip, "user_agent": who.user_agent[:255]}
    )
    if behalf:
        written.behalf_subject_id, written.behalf_ciphertext = lock(
            behalf, {"address": behalf}
        )


def _digest(text: str) -> str:
    """Return a keyed digest: equal texts are seen to be equal, and no more."""
    return salted_hmac("audit", text, algorithm="sha256").hexdigest()
