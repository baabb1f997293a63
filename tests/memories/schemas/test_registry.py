"""memories.schemas.registry: which types and versions there are, and reading one."""

from typing import ClassVar

import jsonschema
import pytest

from memories.schemas.base import Content
from memories.schemas.chat import ChatV1
from memories.schemas.registry import (
    BrokenSchemaError,
    Registry,
    UnknownSchemaError,
    json_schema,
    registry,
)
from tests.memories.schemas.contents import LEAST, MOST, TYPES
from tests.memories.schemas.notes import NoteV1, NoteV2, NoteV3

NOTES = (NoteV1, NoteV2, NoteV3)


@pytest.fixture
def notes() -> Registry:
    return Registry((ChatV1, *NOTES))


class TestTheHubsRegistry:
    def test_has_the_four_types(self) -> None:
        assert set(registry().types) == set(TYPES)

    def test_names_a_versions_type_and_number(self) -> None:
        assert {(schema.type, schema.version) for schema in registry()} >= {
            (type_, 1) for type_ in TYPES
        }


class TestFinding:
    def test_gives_the_newest_version_when_none_is_named(self, notes: Registry) -> None:
        assert notes.get("note") is notes.latest("note") is NoteV3

    def test_gives_the_version_that_is_named(self, notes: Registry) -> None:
        assert notes.get("note", 2) is NoteV2

    def test_gives_the_newest_version_of_each_type(self, notes: Registry) -> None:
        assert notes.latest_versions == (ChatV1, NoteV3)

    def test_goes_through_every_version(self, notes: Registry) -> None:
        assert list(notes) == [ChatV1, *NOTES]
        assert notes.versions("note") == {1: NoteV1, 2: NoteV2, 3: NoteV3}

    def test_says_which_types_there_are(self, notes: Registry) -> None:
        with pytest.raises(UnknownSchemaError, match="known are chat, note") as caught:
            notes.get("poem")

        assert caught.value.field == "type"
        assert "'poem'" in str(caught.value)

    @pytest.mark.parametrize("version", [0, 4, -1])
    def test_says_which_versions_there_are(self, notes: Registry, version: int) -> None:
        with pytest.raises(UnknownSchemaError, match="known are 1, 2, 3") as caught:
            notes.get("note", version)

        assert caught.value.field == "schema_version"
        assert f"unknown version {version} of note" in str(caught.value)


class TestReading:
    def test_brings_a_first_version_up_to_the_newest(self, notes: Registry) -> None:
        content = notes.read("note", 1, {"text": "Hello", "colour": "red"})

        assert content == NoteV3(body="Hello", colour="red", place="desk")

    def test_keeps_what_a_later_version_added(self, notes: Registry) -> None:
        content = notes.read("note", 2, {"text": "Hello", "place": "wall"})

        assert content == NoteV3(body="Hello", place="wall")

    def test_leaves_the_newest_as_it_is(self, notes: Registry) -> None:
        assert notes.read("note", 3, {"body": "Hello"}) == NoteV3(body="Hello")

    def test_changes_nothing_of_what_is_stored(self, notes: Registry) -> None:
        stored = {"text": "Hello"}

        notes.read("note", 1, stored)

        assert stored == {"text": "Hello"}


class TestRegistering:
    @pytest.mark.parametrize(
        ("schemas", "words"),
        [
            ([NoteV2], "says it is version 2 of note; the next one is 1"),
            ([NoteV1, NoteV3], "says it is version 3 of note; the next one is 2"),
            ([NoteV1, NoteV1], "says it is version 1 of note; the next one is 2"),
        ],
    )
    def test_refuses_a_gap(self, schemas: list[type[Content]], words: str) -> None:
        with pytest.raises(BrokenSchemaError, match=words):
            Registry(schemas)

    def test_refuses_a_break_without_an_upcaster(self) -> None:
        class Renamed(NoteV3):
            version: ClassVar = 2

        with pytest.raises(BrokenSchemaError) as caught:
            Registry((NoteV1, Renamed))

        assert "Renamed breaks with version 1 and has no upcast()" in str(caught.value)
        assert "content.body is required, and was not" in str(caught.value)
        assert "content.text is gone" in str(caught.value)


class TestAJsonSchema:
    @pytest.mark.parametrize("schema", [*registry(), *NOTES])
    def test_is_one(self, schema: type[Content]) -> None:
        document = json_schema(schema)

        jsonschema.Draft202012Validator.check_schema(document)
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["$id"] == f"urn:memoryhub:{schema.type}:{schema.version}"
        assert document["additionalProperties"] is False

    @pytest.mark.parametrize("type_", TYPES)
    def test_takes_what_its_type_takes(self, type_: str) -> None:
        validator = jsonschema.Draft202012Validator(json_schema(registry().get(type_)))

        for content in (LEAST[type_], MOST[type_]):
            validator.validate(content)
        for wrong in ({}, LEAST[type_] | {"colour": "red"}):
            assert not validator.is_valid(wrong)
