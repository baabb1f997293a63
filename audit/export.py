"""Records for other tools: rows of CSV, and OCSF's API Activity (class 6003)."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any

from audit.models import ERASED, UNREADABLE, Record

OCSF_VERSION = "1.3.0"

_COLUMNS = (
    "seq",
    "at",
    "actor",
    "on_behalf_of",
    "role",
    "channel",
    "action",
    "memory_ids",
    "memory_count",
    "outcome",
    "reason",
    "returned",
    "ip",
    "user_agent",
    "request_id",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or hides one behind."""

_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_ACTIVITIES: Mapping[str, int] = {
    **dict.fromkeys(
        ("store", "store_batch", "account_create", "group_create"), _CREATE
    ),
    **dict.fromkeys(("retrieve", "search", "suggest", "related", "history"), _READ),
    **dict.fromkeys(("access", "shares", "annotations", "overview", "browse"), _READ),
    **dict.fromkeys(("audit", "audit_export"), _READ),
    **dict.fromkeys(("account_list", "account_read"), _READ),
    **dict.fromkeys(("group_list", "group_read"), _READ),
    **dict.fromkeys(("retention_list", "retention_read"), _READ),
    **dict.fromkeys(("amend", "share", "share_batch", "unshare", "annotate"), _UPDATE),
    **dict.fromkeys(("account_change", "group_change"), _UPDATE),
    **dict.fromkeys(("forget", "expire", "account_delete", "group_delete"), _DELETE),
}
_NAMES: Mapping[int, str] = {
    _CREATE: "Create",
    _READ: "Read",
    _UPDATE: "Update",
    _DELETE: "Delete",
    _OTHER: "Other",
}


def as_csv(records: Iterable[Record]) -> Iterator[str]:
    """Yield the lines of a table, the first of which names the columns."""
    yield _line(_COLUMNS)
    for record in records:
        yield _line(_harmless(_text(getattr(record, name))) for name in _COLUMNS)


def as_ocsf(records: Iterable[Record]) -> Iterator[str]:
    """Yield a line of JSON for each record."""
    for record in records:
        yield json.dumps(_api_activity(record)) + "\n"


def _api_activity(record: Record) -> dict[str, Any]:
    """Return an event as https://schema.ocsf.io/1.3.0/classes/api_activity has it."""
    activity = _ACTIVITIES.get(record.action, _OTHER)
    is_allowed = record.outcome == Record.Outcome.ALLOWED
    ip, user_agent = (_readable(said) for said in (record.ip, record.user_agent))
    unmapped: dict[str, Any] = {
        "memory_count": record.memory_count,
        "returned": record.returned,
    }
    if record.on_behalf_of:
        unmapped["on_behalf_of"] = record.on_behalf_of
    user = {"name": record.actor, "groups": [{"name": record.role}]}
    if record.actor_id is not None:
        user["uid"] = str(record.actor_id)
    event: dict[str, Any] = {
        "activity_id": activity,
        "activity_name": _NAMES[activity],
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": 6003,
        "class_name": "API Activity",
        "type_uid": 600300 + activity,
        "type_name": f"API Activity: {_NAMES[activity]}",
        "time": int(record.at.timestamp() * 1000),
        "severity_id": 1 if is_allowed else 2,
        "status_id": 1 if is_allowed else 2,
        "status": "Success" if is_allowed else "Failure",
        "actor": {"user": user},
        "api": {
            "operation": record.action,
            "service": {"name": record.channel},
            "request": {"uid": record.request_id},
        },
        "src_endpoint": {"ip": ip} if ip else {"name": record.channel},
        "resources": [{"uid": str(one), "type": "memory"} for one in record.memory_ids],
        "metadata": {
            "version": OCSF_VERSION,
            "uid": str(record.seq),
            "log_name": "audit",
            "product": {"name": "Memory Hub", "vendor_name": "Memory Hub"},
        },
        "unmapped": unmapped,
    }
    if record.reason:
        event["status_detail"] = record.reason
    if user_agent:
        event["http_request"] = {"user_agent": user_agent}
    return event


def _readable(said: str | None) -> str | None:
    """Return what was said, and not the word that stands for what cannot be read."""
    return None if said in {ERASED, UNREADABLE} else said


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: Iterable[object]) -> str:
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
