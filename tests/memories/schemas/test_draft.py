"""memories.schemas.draft: what may be handed in, and what is past a limit."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from memories.schemas.draft import Amendment, BatchRequest, Draft

KIB = 1024


WRONG: dict[str, list[Any]] = {
    "type": [None, 1, "nul \x00", "\ud800"],
    "content": [None, [], "text"],
    "title": ["", " \n", 7, "nul \x00", "\ud800"],
    "metadata": [None, [], "text"],
    "tags": [None, "a", [""], [" "], [7], ["\x00"]],
    "source": ["", " ", 7, "\x00"],
    "occurred_at": ["soon", 1769817600, "2026-02-30"],
    "owner": ["ann", "a@b@c", "a b@c", 7, "\x00@x"],
    "ttl_seconds": [0, -1, "60", True, 1.5, 10**12],
    "schema_version": ["1", True, 1.0],
}


def draft(**fields: Any) -> Draft:
    least = {"type": "chat", "content": {"message": "m"}}
    return Draft.model_validate(least | fields)


def refusal(field: str, value: object, model: type[Draft | Amendment] = Draft) -> str:
    """Return the message with which a field is refused."""
    least = {"type": "chat", "content": {"message": "m"}} if model is Draft else {}
    with pytest.raises(ValidationError) as caught:
        model.model_validate(least | {field: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {field}
    return caught.value.errors()[0]["msg"]


def json_of(size: int, letter: str = "x") -> dict[str, str]:
    """Return a document that takes `size` bytes of JSON in UTF-8, or just less."""
    room = size - len('{"a": ""}')
    return {"a": letter * (room // len(letter.encode()))}


def nested(levels: int) -> dict[str, Any]:
    document: Any = "end"
    for _ in range(levels - 1):
        document = {"a": document}
    assert isinstance(document, dict)
    return document


class TestADraft:
    @pytest.mark.parametrize("half", [{"type": "chat"}, {"content": {}}])
    def test_needs_a_type_and_a_content(self, half: dict[str, Any]) -> None:
        with pytest.raises(ValidationError, match="Field required"):
            Draft.model_validate(half)

    def test_takes_every_field(self) -> None:
        found = draft(
            title="A title",
            metadata={"a": [1, 2.5, None, True, "é"]},
            tags=["pricing"],
            source="gong",
            external_id="42",
            occurred_at="2026-01-31T09:30:00",
            owner="ann@example.com",
            ttl_seconds=60,
            schema_version=1,
        )

        assert found.occurred_at == datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
        assert found.metadata == {"a": [1, 2.5, None, True, "é"]}

    def test_strips_tags_and_keeps_each_once(self) -> None:
        assert draft(tags=[" b ", "a", "b", "a "]).tags == ["b", "a"]

    def test_needs_a_source_for_an_external_id(self) -> None:
        with pytest.raises(ValidationError, match="needs the source"):
            draft(external_id="42")

    @pytest.mark.parametrize("field", ["id", "version", "created_at", "legal_hold"])
    def test_refuses_what_the_hub_decides(self, field: str) -> None:
        assert "not permitted" in refusal(field, 1)


class TestALimit:
    @pytest.mark.parametrize(
        ("field", "limit", "words"),
        [
            ("content", 64 * KIB, "the limit is 65536 (64 KiB)"),
            ("metadata", 16 * KIB, "the limit is 16384 (16 KiB)"),
        ],
    )
    def test_of_json_is_in_bytes(self, field: str, limit: int, words: str) -> None:
        assert draft(**{field: json_of(limit)})
        assert draft(**{field: json_of(limit, "é")})
        assert words in refusal(field, json_of(limit + 1))
        assert words in refusal(field, json_of(limit + 2, "é"))
        assert words in refusal(field, json_of(limit + 1), Amendment)

    @pytest.mark.parametrize(
        ("field", "limit", "value"),
        [
            ("title", 200, "x" * 201),
            ("tags", 50, [str(number) for number in range(51)]),
            ("tags", 64, ["x" * 65]),
            ("source", 64, "x" * 65),
            ("external_id", 255, "x" * 256),
            ("owner", 254, "x" * 243 + "@example.com"),
        ],
    )
    def test_is_named_where_it_is_passed(
        self, field: str, limit: int, value: Any
    ) -> None:
        assert str(limit) in refusal(field, value)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", "x" * 200),
            ("tags", [str(number) for number in range(50)]),
            ("tags", ["x" * 64]),
            ("source", "x" * 64),
            ("owner", "x" * 242 + "@example.com"),
            ("ttl_seconds", 1),
        ],
    )
    def test_may_be_reached(self, field: str, value: object) -> None:
        assert getattr(draft(**{field: value}), field) == value

    def test_of_nesting_is_32_levels(self) -> None:
        assert draft(metadata=nested(32))
        assert "32 levels" in refusal("metadata", nested(33))
        assert "32 levels" in refusal("metadata", {"a": [[nested(30)]]})

    def test_of_a_batch_is_a_thousand(self) -> None:
        assert BatchRequest.model_validate({"memories": [1] * 1000})
        for number, words in ((0, "at least 1"), (1001, "at most 1000")):
            with pytest.raises(ValidationError, match=words):
                BatchRequest.model_validate({"memories": [1] * number})


class TestAField:
    @pytest.mark.parametrize(
        ("field", "value"),
        [(field, value) for field, values in WRONG.items() for value in values],
    )
    def test_is_refused_when_wrong(self, field: str, value: object) -> None:
        assert refusal(field, value)

    @pytest.mark.parametrize(
        ("metadata", "words"),
        [
            ({"a": [1, {"b": "nul \x00"}]}, "/a/1/b must not contain the NUL"),
            ({"a": {"b": "\ud800"}}, "/a/b must not contain a lone surrogate"),
            ({"a": {"nul \x00": 1}}, "a key in /a must not contain the NUL"),
            ({"\udfff": 1}, "a key in / must not contain a lone surrogate"),
            ({"a": [0.5, float("nan")]}, "/a/1 must be a finite number"),
            ({"a": float("-inf")}, "/a must be a finite number"),
        ],
    )
    def test_of_metadata_says_where_it_cannot_be_kept(
        self, metadata: object, words: str
    ) -> None:
        assert words in refusal("metadata", metadata)


class TestAnAmendment:
    @pytest.mark.parametrize("changes", [{}, {"schema_version": 1}])
    def test_names_a_change(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValidationError, match="name at least one field"):
            Amendment.model_validate(changes)

    def test_names_no_more_than_it_changes(self) -> None:
        amendment = Amendment.model_validate({"tags": []})

        assert amendment.model_fields_set == {"tags"}

    @pytest.mark.parametrize("field", ["type", "source", "external_id", "version"])
    def test_leaves_alone_what_never_changes(self, field: str) -> None:
        assert "not permitted" in refusal(field, "x", Amendment)
