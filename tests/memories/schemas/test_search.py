"""memories.schemas.search: what may be asked of the search."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from memories.schemas.search import SearchRequest


def test_nothing_needs_to_be_said() -> None:
    request = SearchRequest.model_validate({})

    assert (request.query, request.sort, request.limit) == ("", "relevance", 20)


@pytest.mark.parametrize("typed", ["x" * 100_000, "nul \x00", "\ud800"])
def test_nothing_typed_is_wrong(typed: str) -> None:
    query = SearchRequest.model_validate({"query": typed}).query

    assert "\x00" not in query
    assert query.encode()


def test_the_span_of_time_is_from_and_to() -> None:
    span = {"from": "2026-01-01", "to": "2026-02-01T00:00:00+02:00"}

    request = SearchRequest.model_validate(span)

    assert request.from_ == datetime(2026, 1, 1, tzinfo=UTC)
    assert request.to == datetime(2026, 1, 31, 22, tzinfo=UTC)


WRONG: dict[str, list[Any]] = {
    "query": [None, 7],
    "types": ["chat", [1], ["x"] * 21],
    "sources": [[""], ["x" * 65]],
    "tags": [[""], ["x" * 65]],
    "owner": ["ann", 7],
    "from": ["soon", 1769817600],
    "to": ["2026-02-30", True],
    "sort": ["best", None],
    "mode": ["magic", None],
    "limit": [0, 101, -1, "20", True, 1.0],
    "explain": ["yes", 1],
    "colour": ["red"],
    "from_": ["2026-01-01"],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in WRONG.items() for value in values],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        SearchRequest.model_validate({field: value})

    assert {error["loc"][0] for error in caught.value.errors()} == {field}
