"""What the API says of itself."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel

from memories.api.errors import MEDIA_TYPE

type Endpoint = tuple[str, str, str, Any]
type Schema = dict[str, Any]

_STORABLE = r"^[^\u0000]*$"
_SAYING = r"^[^\u0000]*[^\u0000\s][^\u0000]*$"
_LATER = {
    "Retry-After": {
        "description": "After how many seconds to come back",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}
_PROBLEM = {"$ref": "#/components/schemas/ProblemAnswer"}


def parameters_of(model: type[BaseModel]) -> list[OpenApiParameter]:
    """Describe a model's fields as parameters of an address."""
    properties: Schema = model.model_json_schema()["properties"]
    return [
        OpenApiParameter(name, _plain(schema), description=schema.get("description"))
        for name, schema in properties.items()
    ]


def only_versioned(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Leave out the short addresses: each is another name of a versioned one."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def as_it_answers(result: Schema, **_: object) -> Schema:
    """Say of every call what holds for all: how it refuses, and what text may hold."""
    for operation in _operations(result):
        responses = operation["responses"]
        responses["429"] = {"description": "Too many calls", "headers": _LATER}
        for status, response in responses.items():
            if int(status) >= 400:
                response["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}
        responses["default"] = {
            "description": "Any other refusal",
            "content": {MEDIA_TYPE: {"schema": _PROBLEM}},
        }
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "memory_id":
                parameter["schema"] = {"type": "string", "format": "uuid"}
    for schema in _texts(list(_handed_in(result))):
        schema["pattern"] = _SAYING if schema.get("minLength") else _STORABLE
    return result


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]  # has no types
    """How a request shows its access token."""

    target_class = "accounts.tokens.StampedJWTAuthentication"
    name = "token"


def _plain(schema: Schema) -> Schema:
    """Return a schema that knows no null, which an address cannot say."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    one = {**schema, **choices[0]} if choices else schema
    return {
        name: value
        for name, value in one.items()
        if name not in {"anyOf", "title", "description"} and value is not None
    }


def _operations(result: Schema) -> Iterator[Schema]:
    for path in result["paths"].values():
        yield from path.values()


def _handed_in(result: Schema) -> Iterator[Schema]:
    for operation in _operations(result):
        yield from operation.get("parameters", ())
    for name, schema in result["components"]["schemas"].items():
        if not name.endswith("Answer"):
            yield schema


def _texts(node: object) -> Iterator[Schema]:
    """Go through the schemas of free text."""
    if isinstance(node, dict):
        is_free = node.keys().isdisjoint({"pattern", "format", "enum", "const"})
        if node.get("type") == "string" and is_free:
            yield node
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
