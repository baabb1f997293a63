"""Whether people's keys still open what records say of them."""

from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.canonical import AT, NAMES, Row, canonical
from audit.models import Subject
from audit.personal import NONCE

_PEOPLE = [
    (NAMES.index(f"{who}_subject"), NAMES.index(f"{who}_ciphertext"))
    for who in ("actor", "behalf")
]
_BOUND_TO = [NAMES.index(name) for name in ("channel", "action", "request_id")]

type _Ciphers = Mapping[str, AESGCM | None]


def first_closed(rows: Sequence[Row]) -> Row | None:
    """Return the first record that a key does not open, or whose subject is gone.

    Nothing is to be opened of a person who was erased.
    """
    ciphers = _ciphers(rows)
    return next((row for row in rows if not _opens(row, ciphers)), None)


def _ciphers(rows: Sequence[Row]) -> _Ciphers:
    """Return what opens the records of each person; None of who was erased."""
    named = {
        str(row[subject]) for row in rows for subject, _ in _PEOPLE if row[subject]
    }
    found: dict[str, AESGCM | None] = {}
    subjects = Subject.objects.filter(pk__in=named).values_list("pk", "key")
    for pk, key in subjects:
        try:
            found[str(pk)] = None if key is None else AESGCM(bytes(key))
        except ValueError:
            continue
    return found


def _opens(row: Row, ciphers: _Ciphers) -> bool:
    # As `personal.binding` has it, from the texts that the row has already.
    moment = str(row[AT]).replace("Z", "+00:00")
    for subject, ciphertext in _PEOPLE:
        if row[subject] is None:
            continue
        holder = str(row[subject])
        if holder not in ciphers:
            return False
        if (cipher := ciphers[holder]) is None:
            continue
        locked = bytes.fromhex(str(row[ciphertext] or ""))
        bound_to = canonical([holder, moment, *(row[at] for at in _BOUND_TO)])
        try:
            cipher.decrypt(locked[:NONCE], locked[NONCE:], bound_to)
        except (InvalidTag, ValueError):
            return False
    return True
