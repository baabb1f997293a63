"""What the command says: lines for people, JSON for programs."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime, timezone

from pydantic import BaseModel

from memoryhub_client.errors import ProblemError
from memoryhub_client.results import Memory, Outcome, SearchPage, Spooled
from memoryhub_client.spool import SpoolStatus


def say(line: str) -> None:
    """Say a line."""
    sys.stdout.write(f"{line}\n")


def outcome(stored: Outcome, *, as_json: bool) -> None:
    """Show what became of a memory."""
    if as_json:
        say(stored.model_dump_json())
    elif isinstance(stored, Spooled):
        say("The hub is away: kept in the spool, and delivered when it is back.")
    else:
        say(f"{stored.status} {stored.id} (version {stored.version}): {stored.title}")


def page(found: SearchPage, *, as_json: bool) -> None:
    """Show a page of a search."""
    if as_json:
        say(found.model_dump_json())
        return
    for result in found.results:
        memory = result.memory
        marks = [name for name in ("disputed", "superseded") if getattr(result, name)]
        note = f" ({', '.join(marks)})" if marks else ""
        say(f"{memory.id}  {memory.occurred_at:%Y-%m-%d}  {memory.type}{note}")
        say(f"  {memory.title}")
        if result.snippet and result.snippet != memory.title:
            say(f"  {' '.join(result.snippet.split())}")
    about = "" if found.total_is_exact else "about "
    shown = len(found.results)
    say(f"{shown} of {about}{found.total}" if shown else "Nothing is found.")


def memory(one: Memory, *, as_json: bool) -> None:
    """Show a memory."""
    if as_json:
        say(one.model_dump_json())
        return
    say(one.title)
    owner = one.owner.email if one.owner else "nobody"
    say(f"{one.type}, version {one.version}, {one.occurred_at:%Y-%m-%d %H:%M} UTC")
    say(f"from {one.source or 'nowhere else'}, owned by {owner}")
    for name, value in one.content.items():
        if value not in (None, [], ""):
            text = value if isinstance(value, str) else json.dumps(value)
            say(f"  {name}: {text}")
    if one.tags:
        say(f"  tags: {', '.join(one.tags)}")


def counts(numbers: Mapping[str, int], *, as_json: bool) -> None:
    """Show how many there were."""
    if as_json:
        say(json.dumps(numbers))
    else:
        say(", ".join(f"{name} {number}" for name, number in numbers.items()))


def spool(status: SpoolStatus, *, as_json: bool) -> None:
    """Show what waits."""
    since = datetime.fromtimestamp(status.since, timezone.utc) if status.since else None
    if as_json:
        found = {
            "path": str(status.path),
            "waiting": status.waiting,
            "since": since.isoformat() if since else None,
            "aside": status.aside,
        }
        say(json.dumps(found))
        return
    when = f", since {since:%Y-%m-%d %H:%M} UTC" if since else ""
    say(f"{status.waiting} waiting{when}; {status.aside} refused ({status.path})")


def trouble(error: Exception, *, as_json: bool) -> None:
    """Say on standard error what went wrong."""
    if as_json and isinstance(error, ProblemError):
        text = _json(error.problem)
    elif as_json:
        text = json.dumps({"detail": str(error)})
    elif isinstance(error, ProblemError) and error.faults:
        text = "\n".join(f"{each.pointer}: {each.detail}" for each in error.faults)
    else:
        text = str(error)
    sys.stderr.write(f"{text}\n")


def _json(model: BaseModel) -> str:
    return model.model_dump_json(exclude_none=True)
