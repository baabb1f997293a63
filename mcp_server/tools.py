"""The tools: each reads what it is asked, calls one verb, and tells what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from mcp_types import CallToolResult, TextContent, Tool, ToolAnnotations
from pydantic import BaseModel, Field

from accounts.actor import Actor
from mcp_server import asking
from mcp_server.records import Hit, Record, Whole, hits
from mcp_server.wrapping import MARKS, OVERHEAD, wrapped
from memories import drafting, mediator, results
from memories.schemas.annotating import Note
from memories.schemas.registry import json_schema, registry
from memories.schemas.search import RelatedRequest

type Arguments = Mapping[str, Any]
type Answer = tuple[str, BaseModel]
"""What a tool answers, in words and as its output schema has it."""


class Found(BaseModel):
    """A page of a search."""

    results: list[Hit]
    total: int
    total_is_exact: bool
    next_cursor: str | None
    mode: Literal["hybrid", "lexical", "semantic"] = Field(
        description="how it was searched"
    )


class Retrieved(BaseModel):
    """Memories in full."""

    memories: list[Whole]
    missing: list[UUID] = Field(description="there is none, or you may not see it")
    postponed: list[UUID] = Field(
        description="no room in max_tokens: ask for them in a call of their own"
    )


class Alike(Hit):
    """A memory that is like another, and what they share."""

    shared: list[str]


class Related(BaseModel):
    """What is like a memory, the most alike first."""

    related: list[Alike]


class Stored(BaseModel):
    """What came of storing a memory."""

    status: Literal["stored", "updated", "unchanged"]
    memory: Record


class Annotated(BaseModel):
    """A remark that was kept."""

    annotation_id: int
    memory_id: UUID
    kind: str


class TypeSchema(BaseModel):
    """What a type of memory holds."""

    type: str
    version: int
    schema_: dict[str, Any] = Field(alias="schema")


class Schemas(BaseModel):
    """What the types of memory hold, as JSON Schema."""

    schemas: list[TypeSchema]


def search(actor: Actor, arguments: Arguments, now: datetime) -> Answer:
    """Find memories."""
    asked = drafting.read(asking.Search, arguments)
    page = mediator.search(actor=actor, request=asked.request(), now=now)
    found = Found(
        results=hits(page.results, actor=actor, now=now),
        total=page.found.total,
        total_is_exact=page.found.total_is_exact,
        next_cursor=page.found.next_cursor,
        mode=page.found.mode,
    )
    about = "" if found.total_is_exact else "about "
    said = f"{len(found.results)} of {about}{found.total} found."
    if not found.results:
        said = "Nothing found that you may see. Try fewer or other words."
    more = f"More: the same call with cursor {found.next_cursor}"
    return _said(said, found.results, more if found.next_cursor else ""), found


def retrieve(actor: Actor, arguments: Arguments, now: datetime) -> Answer:
    """Read memories, each with its part of the room that there is."""
    asked = drafting.read(asking.Retrieve, arguments)
    room = asked.max_tokens - OVERHEAD
    fitting = asking.fitting(asked.max_tokens)
    found, postponed = _retrieved(actor, asked, now), asked.id[fitting:]
    standings = mediator.standings(actor=actor, memories=found.memories, now=now)
    share = room // max(len(found.memories), 1) - MARKS
    answer = Retrieved(
        memories=[
            Whole.of_memory(one, standings[one.pk], tokens=share)
            for one in found.memories
        ],
        missing=list(found.missing),
        postponed=postponed,
    )
    said = f"{len(found.memories)} found, {len(found.missing)} missing."
    more = (
        f"There was room for the first {fitting} ids: ask for the other "
        f"{len(postponed)} in another call."
    )
    return _said(said, answer.memories, more if postponed else ""), answer


def related(actor: Actor, arguments: Arguments, now: datetime) -> Answer:
    """Find what is like a memory."""
    asked = drafting.read(asking.Related, arguments)
    limit = min(asked.limit, asking.fitting(asked.max_tokens))
    likes = mediator.related(
        actor=actor, memory_id=asked.id, request=RelatedRequest(limit=limit), now=now
    )
    memories = [like.memory for like in likes]
    standings = mediator.standings(actor=actor, memories=memories, now=now)
    answer = Related(
        related=[
            Alike.of_text(
                like.memory,
                standings[like.memory.pk],
                like.memory.read_content().search_text(),
                shared=list(like.likeness.shared),
            )
            for like in likes
        ]
    )
    return _said(f"{len(likes)} alike.", answer.related), answer


def store(actor: Actor, arguments: Arguments, now: datetime) -> Answer:
    """Store a memory."""
    draft = drafting.read_draft(arguments)
    outcome = mediator.store(actor=actor, draft=draft, now=now)
    memory = outcome.memory
    standings = mediator.standings(actor=actor, memories=[memory], now=now)
    record = Record.of(memory, standings[memory.pk])
    said = f"{outcome.status}: id {memory.pk}, version {memory.version}"
    return said, Stored(status=outcome.status.value, memory=record)


def annotate(actor: Actor, arguments: Arguments, now: datetime) -> Answer:
    """Remark something on a memory."""
    asked = drafting.read(asking.Annotate, arguments)
    remark = mediator.annotate(
        actor=actor,
        memory_id=asked.id,
        note=Note(body=asked.body, kind=asked.kind),
        now=now,
    )
    answer = Annotated(annotation_id=remark.pk, memory_id=asked.id, kind=remark.kind)
    return f"kept: annotation {remark.pk}, a {remark.kind}, of {asked.id}", answer


def schemas(_: Actor, arguments: Arguments, __: datetime) -> Answer:
    """Say what each type of memory holds."""
    asked = drafting.read(asking.Schemas, arguments)
    wanted = [asked.type] if asked.type else registry().types
    contents = [registry().latest(type_) for type_ in wanted]
    answer = Schemas(
        schemas=[
            TypeSchema(
                type=content.type, version=content.version, schema=json_schema(content)
            )
            for content in contents
        ]
    )
    return answer.model_dump_json(by_alias=True), answer


@dataclass(frozen=True, slots=True, kw_only=True)
class HubTool:
    """A tool: how it is described to a model, and what it does."""

    name: str
    title: str
    description: str
    takes: asking.Schema
    gives: type[BaseModel]
    run: Callable[[Actor, Arguments, datetime], Answer]
    writes: bool = False
    repeatable: bool = True

    def listed(self) -> Tool:
        """Return it as the protocol lists it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.takes,
            output_schema=self.gives.model_json_schema(mode="serialization"),
            annotations=ToolAnnotations(
                read_only_hint=not self.writes,
                destructive_hint=False,
                idempotent_hint=self.repeatable,
                open_world_hint=False,
            ),
        )

    def call(self, actor: Actor, arguments: Arguments, now: datetime) -> CallToolResult:
        """Do it, and return the answer in words and in structure.

        Raises:
            HubError: what the verb refuses.
        """
        text, answer = self.run(actor, arguments, now)
        return CallToolResult(
            content=[TextContent(text=text)],
            structured_content=answer.model_dump(mode="json", by_alias=True),
        )


TOOLS = {
    tool.name: tool
    for tool in (
        HubTool(
            name="memory_search",
            title="Search the company's memory",
            description=(
                "Search what the company remembers: what was said in chats and calls, "
                "what happened, what was learned and what was decided. Use it first "
                "whenever a question is about the company, its customers, people or "
                "decisions. Returns the best matches in short, with id, source, date "
                "and link; a result that is DISPUTED or SUPERSEDED must not be given "
                "as what holds. Read one in full by memory_retrieve."
            ),
            takes=asking.schema_of(asking.Search),
            gives=Found,
            run=search,
        ),
        HubTool(
            name="memory_retrieve",
            title="Read memories in full",
            description=(
                "Read memories in full by the ids that memory_search or memory_related "
                "gave, or one by its source and external_id. Use it before you rely on "
                "what a snippet says, or quote it."
            ),
            takes=asking.schema_of(asking.Retrieve),
            gives=Retrieved,
            run=retrieve,
        ),
        HubTool(
            name="memory_related",
            title="Find memories like one",
            description=(
                "Find what is like a memory that you have: the discussion before a "
                "decision, other calls with a customer, the same incident elsewhere."
            ),
            takes=asking.schema_of(asking.Related),
            gives=Related,
            run=related,
        ),
        HubTool(
            name="memory_store",
            title="Remember something",
            description=(
                "Store one memory for the company: a chat, an event, an insight or a "
                "decision. Use it when somebody asks to remember something, or when "
                "your task ends in a decision or an insight worth keeping. With a "
                "source and an external_id of your own the same call again updates "
                "that memory; without them, each call stores another."
            ),
            takes=asking.schema_of_draft(),
            gives=Stored,
            run=store,
            writes=True,
            repeatable=False,
        ),
        HubTool(
            name="memory_annotate",
            title="Remark something on a memory",
            description=(
                "Add a remark to a memory: a note, or that it is confirmed, disputed "
                "or corrected. The memory itself stays as it is; a dispute makes "
                "search show it as disputed."
            ),
            takes=asking.schema_of(asking.Annotate),
            gives=Annotated,
            run=annotate,
            writes=True,
            repeatable=False,
        ),
        HubTool(
            name="memory_schemas",
            title="See what each type of memory holds",
            description=(
                "Return the JSON Schema of one type of memory's content, or of all "
                "types. Use it when memory_store refuses a content."
            ),
            takes=asking.schema_of(asking.Schemas),
            gives=Schemas,
            run=schemas,
        ),
    )
}


def _retrieved(
    actor: Actor, asked: asking.Retrieve, now: datetime
) -> results.Retrieved:
    if asked.source and asked.external_id:
        memory = mediator.retrieve_external(
            actor=actor, source=asked.source, external_id=asked.external_id, now=now
        )
        return results.Retrieved([memory], [])
    ids = asked.id[: asking.fitting(asked.max_tokens)]
    return mediator.retrieve(actor=actor, ids=ids, now=now)


def _said(first: str, records: Sequence[Record], last: str = "") -> str:
    shown = wrapped(record.lines() for record in records)
    return "\n".join(filter(None, (first, shown, last)))
