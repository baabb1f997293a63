"""The one way to write a record down: what is hashed, sealed and shipped is this."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

from django.db import connection

type Row = tuple[object, ...]
"""A record's values, in the order of `NAMES`."""

_COLUMNS = {
    "action": "action",
    "actor_ciphertext": "encode(actor_ciphertext, 'hex')",
    "actor_id": "actor_id",
    "actor_subject": "actor_subject_id::text",
    "at": """to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "behalf_ciphertext": "encode(behalf_ciphertext, 'hex')",
    "behalf_subject": "behalf_subject_id::text",
    "channel": "channel",
    "memory_count": "memory_count",
    "memory_digest": "memory_digest",
    "memory_ids": "memory_ids::text[]",
    "outcome": "outcome",
    "query_digest": "query_digest",
    "reason": "reason",
    "request_id": "request_id",
    "returned": "returned",
    "role": "role",
    "seq": "seq",
}
"""All but `xid`, which a restore renumbers; in the order that RFC 8785 asks for."""

NAMES = tuple(_COLUMNS)
SEQ, AT = NAMES.index("seq"), NAMES.index("at")

_ROWS = (
    f"SELECT {', '.join(_COLUMNS.values())} FROM audit_record "  # noqa: S608 - a constant
    "WHERE seq = ANY(%s::bigint[])"
)
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def canonical(value: object) -> bytes:
    """Return JSON as RFC 8785 has it.

    Right for what is written here: texts, lists, whole numbers below 2**53, None, and
    mappings with ASCII keys.
    """
    return _encode(value).encode()


def rows(seqs: Sequence[int]) -> Mapping[int, Row]:
    """Return the records that are there, by `seq`."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(seqs)])
        return {row[SEQ]: row for row in cursor.fetchall()}


def named(row: Row) -> dict[str, object]:
    """Return a record as its fields' names and values."""
    return dict(zip(NAMES, row, strict=True))


def digest(row: Row) -> bytes:
    """Return the SHA-256 of a record."""
    return sha256(canonical(named(row))).digest()
