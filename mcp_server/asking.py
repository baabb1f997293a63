"""What a model may ask of each tool; its JSON Schema is what the model reads."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StrictInt
from pydantic.json_schema import models_json_schema

from mcp_server.records import HIT
from mcp_server.wrapping import OVERHEAD
from memories.schemas.annotating import Note
from memories.schemas.base import Instant, Strict, Text
from memories.schemas.draft import Draft, Email, Source, Tag
from memories.schemas.registry import UnknownSchemaError, registry
from memories.schemas.search import RetrieveRequest, SearchRequest, Typed

type Schema = dict[str, Any]

MOST_TOKENS = 20_000

MaxTokens = Annotated[
    StrictInt,
    Field(
        ge=OVERHEAD + HIT,
        le=MOST_TOKENS,
        description="how much of your context the answer may take, in tokens; to fit, "
        "it shows fewer memories, or less of each",
    ),
]
Limit = Annotated[StrictInt, Field(ge=1, le=50, description="how many to show")]


def _types(schema: Schema) -> None:
    schema["enum"] = list(registry().types)


def _known(type_: str) -> str:
    try:
        registry().versions(type_)
    except UnknownSchemaError as error:
        raise ValueError(error) from None
    return type_


Type = Annotated[Text, AfterValidator(_known), Field(json_schema_extra=_types)]


class Search(Strict):
    """A search."""

    query: Annotated[
        Typed,
        Field(
            description='words, "a phrase", -not, prefi*, and filters such as '
            "type:decision source:gong tag:pricing owner:ann@example.com "
            'customer:"Acme Corp" after:2026-01-01; empty lists by time'
        ),
    ] = ""
    types: Annotated[list[Type], Field(max_length=20)] = []
    sources: Annotated[list[Source], Field(max_length=50)] = []
    tags: Annotated[list[Tag], Field(max_length=50)] = []
    owner: Email | None = None
    customer: Text | None = None
    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    sort: Literal["relevance", "newest", "oldest"] = "relevance"
    mode: Literal["hybrid", "lexical", "semantic"] = "hybrid"
    limit: Limit = 10
    cursor: Annotated[
        Text | None, Field(description="next_cursor of the page before this one")
    ] = None
    max_tokens: MaxTokens = 4000

    def request(self) -> SearchRequest:
        """Return it as the hub's search, with no more on a page than there is room."""
        named = self.model_dump(by_alias=True, exclude={"max_tokens"})
        return SearchRequest.model_validate(
            named | {"limit": min(self.limit, fitting(self.max_tokens))}
        )


class Retrieve(RetrieveRequest):
    """Which memories to read: by their ids, or one by its source and external id."""

    max_tokens: MaxTokens = 8000


class Related(Strict):
    """A memory whose like are wanted."""

    id: UUID
    limit: Limit = 10
    max_tokens: MaxTokens = 4000


class Annotate(Note):
    """A remark, and the memory that it is about."""

    id: UUID


class Schemas(Strict):
    """A type of memory, or all of them."""

    type: Type | None = None


def fitting(max_tokens: int) -> int:
    """Return how many memories in short there is room for."""
    return (max_tokens - OVERHEAD) // HIT


def schema_of(model: type[BaseModel]) -> Schema:
    """Return what a tool takes as JSON Schema 2020-12."""
    return model.model_json_schema(mode="validation")


def schema_of_draft() -> Schema:
    """Return what `memory_store` takes, the content of each type spelt out."""
    contents = [registry().latest(type_) for type_ in registry().types]
    models: list[type[BaseModel]] = [Draft, *contents]
    refs, defined = models_json_schema([(model, "validation") for model in models])
    definitions = defined["$defs"]
    schema: Schema = definitions.pop(Draft.__name__)
    schema["properties"]["type"]["enum"] = list(registry().types)
    schema["properties"]["content"] = {
        "description": "as the type has it; memory_schemas says more",
        "anyOf": [refs[content, "validation"] for content in contents],
    }
    return schema | {"$defs": definitions}
