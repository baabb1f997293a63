"""Whether people's keys still open what records say of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from audit import personal
from audit.canonical import AT, NAMES, Row
from audit.models import Subject

_SUBJECTS = [NAMES.index("actor_subject"), NAMES.index("behalf_subject")]
_CIPHERTEXTS = [NAMES.index("actor_ciphertext"), NAMES.index("behalf_ciphertext")]
_BOUND_TO = {name: NAMES.index(name) for name in ("channel", "action", "request_id")}


def first_closed(rows: Sequence[Row]) -> Row | None:
    """Return the first record that a key does not open, or whose subject is gone.

    Nothing is to be opened of a person who was erased.
    """
    keys = _keys(rows)
    return next((row for row in rows if not _opens(row, keys)), None)


def _keys(rows: Iterable[Row]) -> Mapping[str, bytes | None]:
    named = {str(row[at]) for row in rows for at in _SUBJECTS if row[at]}
    found = Subject.objects.filter(pk__in=named).values_list("pk", "key")
    return {str(pk): None if key is None else bytes(key) for pk, key in found}


def _opens(row: Row, keys: Mapping[str, bytes | None]) -> bool:
    for subject, ciphertext in zip(_SUBJECTS, _CIPHERTEXTS, strict=True):
        holder, locked = row[subject], row[ciphertext]
        if holder is None:
            continue
        if (key := keys.get(str(holder), b"")) is None:
            continue
        bound_to = personal.binding(
            subject=UUID(str(holder)),
            at=datetime.fromisoformat(str(row[AT])),
            **{name: str(row[index]) for name, index in _BOUND_TO.items()},
        )
        try:
            personal.unlock(
                bytes.fromhex(str(locked or "")), key=key, bound_to=bound_to
            )
        except personal.UnreadableError:
            return False
    return True
