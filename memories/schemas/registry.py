"""Which types of memory there are, in which versions, and how to read an old one."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from .base import Content
from .chat import ChatV1
from .compatibility import breaks
from .decision import DecisionV1
from .event import EventV1
from .insight import InsightV1

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class UnknownSchemaError(LookupError):
    """No such type, or no such version of it; the message lists what there is."""

    def __init__(self, *, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class BrokenSchemaError(TypeError):
    """A schema version cannot take its place in the registry."""


class Registry:
    """The known content classes, by type and version."""

    def __init__(self, schemas: Iterable[type[Content]]) -> None:
        self._versions: dict[str, dict[int, type[Content]]] = {}
        for schema in schemas:
            self._register(schema)

    def _register(self, schema: type[Content]) -> None:
        versions = self._versions.setdefault(schema.type, {})
        if schema.version != len(versions) + 1:
            msg = (
                f"{schema.__name__} says it is version {schema.version} of "
                f"{schema.type}; the next one is {len(versions) + 1}"
            )
            raise BrokenSchemaError(msg)
        previous = versions.get(schema.version - 1)
        if previous and "upcast" not in vars(schema):
            faults = breaks(json_schema(previous), json_schema(schema))
            if faults:
                msg = (
                    f"{schema.__name__} breaks with version {previous.version} and has "
                    f"no upcast(): {'; '.join(faults)}"
                )
                raise BrokenSchemaError(msg)
        versions[schema.version] = schema

    def __iter__(self) -> Iterator[type[Content]]:
        """Go through every version of every type."""
        for versions in self._versions.values():
            yield from versions.values()

    @property
    def types(self) -> tuple[str, ...]:
        """The names of all types."""
        return tuple(self._versions)

    @property
    def latest_versions(self) -> tuple[type[Content], ...]:
        """The newest content class of each type."""
        return tuple(map(self.latest, self.types))

    def versions(self, type_: str) -> dict[int, type[Content]]:
        """Return a type's content classes by version, the oldest first.

        Raises:
            UnknownSchemaError: there is no such type.
        """
        try:
            return self._versions[type_]
        except KeyError:
            known = ", ".join(self.types)
            raise UnknownSchemaError(
                field="type", message=f"unknown type {type_!r}; known are {known}"
            ) from None

    def latest(self, type_: str) -> type[Content]:
        """Return the newest content class of a type."""
        versions = self.versions(type_)
        return versions[len(versions)]

    def get(self, type_: str, version: int | None = None) -> type[Content]:
        """Return one version of a type, the newest when none is named.

        Raises:
            UnknownSchemaError: there is no such type or version.
        """
        versions = self.versions(type_)
        if version is None:
            return self.latest(type_)
        try:
            return versions[version]
        except KeyError:
            known = ", ".join(map(str, versions))
            raise UnknownSchemaError(
                field="schema_version",
                message=f"unknown version {version} of {type_}; known are {known}",
            ) from None

    def read(self, type_: str, version: int, content: dict[str, Any]) -> Content:
        """Return stored content as the newest version of its type reads it."""
        for newer in range(version + 1, len(self.versions(type_)) + 1):
            content = self._versions[type_][newer].upcast(content)
        return self.latest(type_).parse(content)


def json_schema(schema: type[Content]) -> dict[str, Any]:
    """Return a content class as JSON Schema 2020-12."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:memoryhub:{schema.type}:{schema.version}",
        **schema.model_json_schema(mode="validation"),
        "title": f"{schema.type}, version {schema.version}",
    }


@cache
def registry() -> Registry:
    """Return the hub's own registry: a new type or version is one more line here."""
    return Registry((ChatV1, EventV1, InsightV1, DecisionV1))
