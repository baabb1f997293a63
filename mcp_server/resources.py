"""The resources: a memory, the newest of a type, and what a type holds."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from mcp_types import (
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from accounts.actor import Actor
from mcp_server import errors
from mcp_server.records import Whole, hits
from mcp_server.wrapping import wrapped
from memories import mediator
from memories.schemas.registry import json_schema, registry
from memories.schemas.search import SearchRequest

RECENT = 20
PLAIN, JSON = "text/plain", "application/json"

type Text = tuple[str, str]
"""A text, and of which media type it is."""

TEMPLATES = [
    ResourceTemplate(
        name="memory",
        title="One memory",
        uri_template="memory://{id}",
        description="All that one memory says, with where it comes from.",
        mime_type=PLAIN,
    ),
    ResourceTemplate(
        name="recent",
        title="The newest of a type",
        uri_template="memory://recent/{type}",
        description=f"The {RECENT} newest memories of a type that you may see.",
        mime_type=PLAIN,
    ),
    ResourceTemplate(
        name="schema",
        title="What a type of memory holds",
        uri_template="memory://schemas/{type}",
        description="The JSON Schema of a type's content.",
        mime_type=JSON,
    ),
]


def listed() -> list[Resource]:
    """Return the resources that have a name: memories are found by search instead."""
    return [
        Resource(
            name=f"{name}-{type_}",
            title=f"{title}: {type_}",
            uri=f"memory://{name}/{type_}",
            mime_type=media_type,
        )
        for name, title, media_type in (
            ("recent", "The newest", PLAIN),
            ("schemas", "The schema", JSON),
        )
        for type_ in registry().types
    ]


def read(actor: Actor, uri: str, now: datetime) -> ReadResourceResult:
    """Read the resource that an address names.

    Raises:
        HubError: there is none, or the actor may not see it.
        MCPError: the address is none of the hub's.
    """
    for pattern, tell in _READERS.items():
        if named := pattern.fullmatch(uri):
            text, media_type = tell(actor, named[1], now)
            contents = TextResourceContents(uri=uri, mime_type=media_type, text=text)
            return ReadResourceResult(contents=[contents])
    known = [each.uri_template for each in TEMPLATES]
    return errors.unknown("resource", uri, known, about={"uri": uri})


def _memory(actor: Actor, named: str, now: datetime) -> Text:
    memory = mediator.retrieve_one(actor=actor, memory_id=UUID(named), now=now)
    standings = mediator.standings(actor=actor, memories=[memory], now=now)
    whole = Whole.of_memory(memory, standings[memory.pk])
    return wrapped([whole.lines()]), PLAIN


def _recent(actor: Actor, named: str, now: datetime) -> Text:
    _check_type(named)
    request = SearchRequest(types=[named], sort="newest", limit=RECENT)
    page = mediator.search(actor=actor, request=request, now=now)
    newest = hits(page.results, actor=actor, now=now)
    shown = wrapped(hit.lines() for hit in newest)
    return shown or f"There is no {named} that you may see.", PLAIN


def _schema(_: Actor, named: str, __: datetime) -> Text:
    _check_type(named)
    return json.dumps(json_schema(registry().latest(named))), JSON


def _check_type(named: str) -> None:
    if named not in registry().types:
        errors.unknown("type", named, registry().types)


_READERS: Mapping[re.Pattern[str], Callable[[Actor, str, datetime], Text]] = {
    re.compile(r"memory://([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"): _memory,
    re.compile(r"memory://recent/(\w{1,40})"): _recent,
    re.compile(r"memory://schemas/(\w{1,40})"): _schema,
}
