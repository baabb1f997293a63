"""Putting the demo company into the hub: its accounts, then its memories in batches."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import batched

from django.db import transaction

from accounts.actor import Channel, hub
from accounts.models import User
from memories import mediator
from memories.demo import company
from memories.demo.cast import Person, the_cast
from memories.demo.sketch import Ids, Sketch
from memories.models import Memory
from memories.storing import Stored

BATCH = 500
FIRST, LAST = "first", "last"
"""The memories that are stored before and after all others."""

type Report = Callable[[str], None]


class RefusedError(Exception):
    """The hub did not take a memory of the demo; the message says which and why."""


def is_complete() -> bool:
    """Say whether a run has stored all of the demo's memories."""
    return _stored_at(LAST) is not None


@transaction.atomic
def ensure_logins(password: str) -> list[str]:
    """Make the accounts that sign in, or let the password open them if it does not.

    Hashing is slow, so one account speaks for all: if the password opens the first one,
    the others are left as they are. Returns the addresses that were made or opened.
    """
    persons = [person for person in the_cast().person if person.signs_in]
    known = {
        user.email: user
        for user in User.objects.filter(email__in=[each.email for each in persons])
    }
    first = known.get(persons[0].email)
    locked = first is not None and not first.check_password(password)
    changed = []
    for person in persons:
        user = known.get(person.email)
        if user is None:
            _open_account(person, password)
        elif locked:
            user.set_password(password)
            user.save(update_fields=["password"])
        else:
            continue
        changed.append(person.email)
    return changed


@transaction.atomic
def ensure_colleagues() -> int:
    """Make the accounts that nobody signs in to; returns how many were missing."""
    persons = [person for person in the_cast().person if not person.signs_in]
    emails = [person.email for person in persons]
    known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    missing = [person for person in persons if person.email not in known]
    for person in missing:
        _open_account(person, None)
    return len(missing)


def store_memories(*, now: datetime, report: Report) -> int:
    """Store the year before `now`; returns how many memories there are.

    A run that was interrupted is taken up with the day on which it began, so that what
    it has stored is found unchanged.

    Raises:
        RefusedError: the hub did not take one of them.
    """
    began = _stored_at(FIRST) or now
    sketches = company.year(began.date())
    ids: Ids = {}
    for batch in _batches(sketches):
        drafts = [sketch.draft(ids) for sketch in batch]
        outcomes = mediator.store_many(
            actor=hub(Channel.COMMAND), drafts=drafts, now=now
        )
        for sketch, outcome in zip(batch, outcomes, strict=True):
            if not isinstance(outcome, Stored):
                msg = f"the memory {sketch.key} was refused: {outcome}"
                raise RefusedError(msg)
            ids[sketch.key] = outcome.memory.pk
        report(f"{len(ids)} of {len(sketches)} memories")
    return len(ids)


def _open_account(person: Person, password: str | None) -> None:
    User.objects.create_user(
        person.email,
        password,
        role=person.role,
        first_name=person.first_name,
        last_name=person.last_name,
    )


def _stored_at(key: str) -> datetime | None:
    """Return when one of the two marking memories was stored."""
    marker = Memory.objects.filter(source="admin", external_id=f"demo/{key}")
    return marker.values_list("created_at", flat=True).first()


def _batches(sketches: Sequence[Sketch]) -> Iterator[Sequence[Sketch]]:
    """Go through the sketches so that each comes after those that it refers to."""
    known: set[str] = set()
    rest = sorted(
        sketches, key=lambda sketch: (sketch.key == LAST, sketch.key != FIRST)
    )
    while rest:
        ready = [sketch for sketch in rest if sketch.refers_to <= known]
        if not ready:
            missing = {key for sketch in rest for key in sketch.refers_to} - known
            msg = f"nothing in the demo has the key {', '.join(sorted(missing))}"
            raise RefusedError(msg)
        if len(ready) < len(rest):
            ready = [sketch for sketch in ready if sketch.key != LAST]
        yield from batched(ready, BATCH)
        known.update(sketch.key for sketch in ready)
        rest = [sketch for sketch in rest if sketch.key not in known]
