"""memories.schemas.compatibility: each break is found, and what is harmless is not."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model

from memories.schemas.compatibility import Schema, breaks
from memories.schemas.registry import json_schema, registry


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(Strict):
    text: str


class ItemWithNote(Strict):
    text: str
    note: str = ""


class ItemWithOwner(Strict):
    text: str
    owner: str


class Open(BaseModel):
    text: str


def schema(**fields: Any) -> Schema:
    """Return the JSON Schema of a model; a field without a default is a bare type."""
    defined: dict[str, Any] = {
        name: field if isinstance(field, tuple) else (field, ...)
        for name, field in fields.items()
    }
    return create_model("Model", __base__=Strict, **defined).model_json_schema()


def at_least(bound: int) -> Any:
    return Annotated[int, Field(ge=bound)]


def at_most(bound: int) -> Any:
    return Annotated[int, Field(le=bound)]


def text(**limits: Any) -> Any:
    return Annotated[str, Field(**limits)]


def texts(**limits: Any) -> Any:
    return Annotated[list[str], Field(**limits)]


BREAKS = [
    pytest.param(int, str, "content.a was integer and is string", id="type"),
    pytest.param(float, int, "content.a was number and is integer", id="narrower"),
    pytest.param(str | None, str, "content.a was null and is string", id="null"),
    pytest.param(int | str, int, "content.a was string and is integer", id="union"),
    pytest.param(str, list[str], "content.a was string and is array", id="list"),
    pytest.param(Any, str, "content.a was anything and is string", id="anything"),
    pytest.param(list[str], list[int], "content.a[] was string", id="item"),
    pytest.param(list[Any], list[int], "content.a[] was anything", id="any item"),
    pytest.param(Literal["x", "y"], Literal["x"], "no longer takes y", id="choice"),
    pytest.param(Literal["x"], Literal["y"], "no longer takes x", id="const"),
    pytest.param(str, Literal["x"], "no longer takes every value", id="any choice"),
    pytest.param(int, at_least(0), "tighter minimum: 0", id="minimum"),
    pytest.param(at_least(0), at_least(1), "tighter minimum: 1", id="higher minimum"),
    pytest.param(at_most(9), at_most(8), "tighter maximum: 8", id="lower maximum"),
    pytest.param(
        int, Annotated[int, Field(gt=0)], "tighter exclusiveMinimum", id="above"
    ),
    pytest.param(
        int, Annotated[int, Field(lt=9)], "tighter exclusiveMaximum", id="below"
    ),
    pytest.param(
        Annotated[int, Field(multiple_of=2)],
        Annotated[int, Field(multiple_of=3)],
        "tighter multipleOf: 3",
        id="multiple",
    ),
    pytest.param(str, text(min_length=1), "tighter minLength: 1", id="min length"),
    pytest.param(
        text(max_length=9), text(max_length=8), "tighter maxLength", id="max length"
    ),
    pytest.param(
        texts(), texts(min_length=1), "content.a has a tighter minItems", id="min items"
    ),
    pytest.param(
        texts(max_length=9), texts(max_length=8), "tighter maxItems", id="max items"
    ),
    pytest.param(list[str], set[str], "tighter uniqueItems", id="unique"),
    pytest.param(str, text(pattern="^a"), "tighter pattern: ^a", id="pattern"),
    pytest.param(
        text(pattern="^a"), text(pattern="^b"), "tighter pattern: ^b", id="new pattern"
    ),
    pytest.param(str, UUID, "tighter format: uuid", id="format"),
    pytest.param(date, datetime, "tighter format: date-time", id="another format"),
    pytest.param(
        Item, ItemWithOwner, "content.a.owner is required, and was not", id="nested"
    ),
    pytest.param(
        list[Item], list[ItemWithOwner], "content.a[].owner is required", id="in a list"
    ),
    pytest.param(
        Item | None, ItemWithOwner | None, "content.a.owner is", id="in a union"
    ),
    pytest.param(ItemWithNote, Item, "content.a.note is gone", id="gone"),
    pytest.param(Open, Item, "content.a takes no other fields", id="closed"),
    pytest.param(
        dict[str, Any], dict[str, str], "content.a.* was anything", id="any value"
    ),
    pytest.param(dict[str, int], dict[str, str], "content.a.* was integer", id="value"),
    pytest.param(tuple[str, str], tuple[str, int], "tighter prefixItems", id="tuple"),
]

HARMLESS = [
    pytest.param(int, int, id="nothing"),
    pytest.param(int, float, id="wider number"),
    pytest.param(str, str | None, id="null too"),
    pytest.param(int, int | str, id="another type too"),
    pytest.param(int | str, str | int, id="order"),
    pytest.param(str, Any, id="anything"),
    pytest.param(list[int], list[float], id="wider items"),
    pytest.param(Literal["x"], Literal["y", "x"], id="one more choice"),
    pytest.param(Literal["x", "y"], str, id="every choice"),
    pytest.param(at_least(1), at_least(0), id="lower minimum"),
    pytest.param(at_most(8), at_most(9), id="higher maximum"),
    pytest.param(at_most(8), int, id="no maximum"),
    pytest.param(text(max_length=8), text(max_length=9), id="longer"),
    pytest.param(
        Annotated[int, Field(multiple_of=4)],
        Annotated[int, Field(multiple_of=2)],
        id="finer steps",
    ),
    pytest.param(set[str], list[str], id="twice"),
    pytest.param(text(pattern="^a"), str, id="no pattern"),
    pytest.param(UUID, str, id="no format"),
    pytest.param(Item, ItemWithNote, id="an optional field within"),
    pytest.param(list[Item], list[ItemWithNote], id="an optional field in a list"),
    pytest.param(Item, Open, id="open"),
    pytest.param(dict[str, int], dict[str, float], id="wider values"),
    pytest.param(dict[str, int], dict[str, Any], id="any values"),
    pytest.param(
        text(description="a", title="b", json_schema_extra={"multiline": True}),
        text(description="c"),
        id="description",
    ),
]


@pytest.mark.parametrize(("old", "new", "words"), BREAKS)
def test_a_break_is_found(old: Any, new: Any, words: str) -> None:
    (fault,) = breaks(schema(a=old), schema(a=new))

    assert words in fault
    assert fault.startswith("content.a")


@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_a_harmless_change_is_none(old: Any, new: Any) -> None:
    assert breaks(schema(a=old), schema(a=new)) == []


def test_a_field_that_goes_is_a_break() -> None:
    assert breaks(schema(a=str, b=(str, "")), schema(a=str)) == ["content.b is gone"]


def test_a_field_that_is_required_anew_is_a_break() -> None:
    assert breaks(schema(a=(str, "")), schema(a=str)) == [
        "content.a is required, and was not"
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (schema(a=str), schema(a=str, b=(str | None, None))),
        (schema(a=str), schema(a=(str, ""))),
        (schema(a=str, b=str), schema(b=str, a=str)),
        (schema(a=(str, "x")), schema(a=(str, "y"))),
    ],
)
def test_optional_fields_are_harmless(old: Schema, new: Schema) -> None:
    assert breaks(old, new) == []


def test_every_break_is_named() -> None:
    assert len(breaks(schema(a=str, b=int), schema(a=int, c=str))) == 3


@pytest.mark.parametrize("published", list(registry()))
def test_a_schema_does_not_break_with_itself(published: Any) -> None:
    assert breaks(json_schema(published), json_schema(published)) == []
