"""memories.schemas: each type takes what the contract says, and nothing else."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from memories.schemas.registry import registry
from tests.memories.schemas.contents import ACTION_ITEM, LEAST, MOST, TYPES, parse

REQUIRED = [(type_, field) for type_, fields in LEAST.items() for field in fields]
TEXTS = {
    "chat": ["author", "channel", "session_id", "response", "url"],
    "event": ["customer", "url"],
    "insight": ["category", "customer", "url"],
    "decision": ["rationale", "customer", "url"],
}
LISTS_OF_TEXT = {
    "chat": ["participants", "topics"],
    "event": ["participants", "topics"],
    "insight": ["recommendations", "topics"],
    "decision": ["alternatives", "decided_by", "topics"],
}
NOT_STORABLE = ["nul \x00 inside", "a lone \ud800 surrogate"]

WRONG: dict[tuple[str, str], list[Any]] = {
    ("chat", "sentiment"): ["1", True, -1.01, 1.01, float("nan"), [0.5]],
    ("event", "sentiment"): ["1", False, 2],
    ("insight", "confidence"): ["0.5", True, -0.01, 1.01, float("inf")],
    ("event", "duration_seconds"): ["60", True, 1.5, 60.0, -1, "PT1M"],
    ("event", "severity"): ["fatal", "INFO", None, 1],
    ("decision", "status"): ["done", "", None],
    ("decision", "priority"): ["top", "High", None],
    ("decision", "due_date"): [
        *("2026-02-30", "tomorrow", "2026-1-1", "31.01.2026", "", "1769817600"),
        *(1769817600, True, "2026-01-31T09:30:00Z"),
    ],
    ("decision", "decided_at"): [
        *("2026-02-30T09:30:00Z", "2026-01-31T25:00:00Z", "2026-01-31T09:30+99:00"),
        *("now", "", "1769817600", 1769817600, 1769817600.5, True),
    ],
    ("decision", "supersedes"): ["42", "", 42],
    ("decision", "evidence"): [["42"], [None], "x", None],
    ("insight", "evidence"): [["42"], {}],
    ("chat", "action_items"): [
        *(None, "Call back", ["Call back"], [{}], [{"text": " "}], [{"text": 1}]),
        *([ACTION_ITEM | {"done": done}] for done in ("yes", 1, None)),
        [ACTION_ITEM | {"due_date": "2026-13-01"}],
        [ACTION_ITEM | {"assignee": 7}],
        [ACTION_ITEM | {"owner": "Ann"}],
    ],
}


def of_all(fields: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(type_, name) for type_, names in fields.items() for name in names]


def assert_refused(type_: str, field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(type_, **{field: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


class TestAContent:
    @pytest.mark.parametrize("type_", TYPES)
    def test_takes_its_least(self, type_: str) -> None:
        content = parse(type_)

        assert (content.type, content.version) == (type_, 1)

    @pytest.mark.parametrize("type_", TYPES)
    def test_takes_every_field(self, type_: str) -> None:
        content = registry().latest(type_).parse(MOST[type_])

        assert set(MOST[type_]) == set(type(content).model_fields)
        assert content.model_dump(mode="json") == MOST[type_]

    @pytest.mark.parametrize(
        ("type_", "field", "value"),
        [
            ("event", "severity", "info"),
            ("decision", "status", "proposed"),
            ("decision", "priority", "medium"),
            *((type_, "topics", []) for type_ in TYPES),
            ("chat", "author", None),
        ],
    )
    def test_fills_in_what_is_not_said(
        self, type_: str, field: str, value: object
    ) -> None:
        assert getattr(parse(type_), field) == value

    @pytest.mark.parametrize("type_", TYPES)
    @pytest.mark.parametrize("no_fields", [[], "text", None, 7])
    def test_is_made_of_fields(self, type_: str, no_fields: object) -> None:
        with pytest.raises(ValidationError):
            registry().latest(type_).parse(no_fields)


class TestARequiredField:
    @pytest.mark.parametrize(("type_", "field"), REQUIRED)
    def test_may_not_be_missing(self, type_: str, field: str) -> None:
        rest = {name: text for name, text in LEAST[type_].items() if name != field}

        with pytest.raises(ValidationError, match="Field required"):
            registry().latest(type_).parse(rest)

    @pytest.mark.parametrize(("type_", "field"), REQUIRED)
    @pytest.mark.parametrize("value", ["", " ", "\t\n\u2003", None, 7, True, ["x"]])
    def test_says_something(self, type_: str, field: str, value: object) -> None:
        assert_refused(type_, field, value)


class TestAField:
    @pytest.mark.parametrize(
        ("type_", "field", "value"),
        [(*field, value) for field, values in WRONG.items() for value in values],
    )
    def test_is_refused_when_wrong(self, type_: str, field: str, value: object) -> None:
        assert_refused(type_, field, value)

    @pytest.mark.parametrize(("type_", "field"), of_all(TEXTS))
    @pytest.mark.parametrize("value", [7, True, ["x"], {}, *NOT_STORABLE])
    def test_of_text_takes_text_alone(
        self, type_: str, field: str, value: object
    ) -> None:
        assert_refused(type_, field, value)

    @pytest.mark.parametrize(("type_", "field"), of_all(LISTS_OF_TEXT))
    @pytest.mark.parametrize("value", ["x", None, {}, [7], [None], [["x"]]])
    def test_of_texts_takes_a_list_of_text(
        self, type_: str, field: str, value: object
    ) -> None:
        assert_refused(type_, field, value)

    @pytest.mark.parametrize("type_", TYPES)
    def test_is_refused_when_unknown(self, type_: str) -> None:
        assert_refused(type_, "colour", "red")

    @pytest.mark.parametrize(("type_", "field"), REQUIRED)
    @pytest.mark.parametrize("value", NOT_STORABLE)
    def test_holds_what_postgresql_can_keep(
        self, type_: str, field: str, value: str
    ) -> None:
        assert_refused(type_, field, value)

    @pytest.mark.parametrize("value", NOT_STORABLE)
    def test_in_a_list_holds_what_postgresql_can_keep(self, value: str) -> None:
        assert_refused("chat", "topics", ["fine", value])
        assert_refused("chat", "action_items", [{"text": value}])

    @pytest.mark.parametrize("text", ["🙂 漢字", "a\nb\ttab", "\x7f\u2028"])
    def test_takes_any_other_text(self, text: str) -> None:
        assert parse("chat", message=text).model_dump()["message"] == text

    @pytest.mark.parametrize("number", [-1, 0, 1, 0.25])
    def test_of_a_number_takes_whole_ones_too(self, number: float) -> None:
        assert parse("chat", sentiment=number).model_dump()["sentiment"] == number


class TestATime:
    @pytest.fixture
    def _far_from_utc(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with monkeypatch.context() as machine:
            machine.setenv("TZ", "Asia/Tokyo")
            time.tzset()
            yield
        time.tzset()

    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            ("2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
            ("2026-01-31T09:30:00+02:00", datetime(2026, 1, 31, 7, 30, tzinfo=UTC)),
            ("2026-01-31T09:30:00", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
            ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ],
    )
    @pytest.mark.usefixtures("_far_from_utc")
    def test_is_read_as_utc(self, text: str, instant: datetime) -> None:
        found = parse("decision", decided_at=text).model_dump()["decided_at"]

        assert found == instant
        assert found.tzinfo is UTC

    @pytest.mark.parametrize(
        "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
    )
    def test_is_refused_where_utc_has_no_year_for_it(self, text: str) -> None:
        assert_refused("decision", "decided_at", text)

    def test_of_a_day_is_a_date(self) -> None:
        content = parse("decision", due_date="2026-01-31").model_dump()

        assert content["due_date"] == date(2026, 1, 31)


class TestADeclaration:
    @pytest.mark.parametrize(
        ("type_", "seconds"),
        [("chat", 3600), ("event", 7200), ("insight", 86400), ("decision", 86400)],
    )
    def test_says_how_long_a_memory_is_cached(self, type_: str, seconds: int) -> None:
        assert registry().latest(type_).cache_ttl == timedelta(seconds=seconds)

    @pytest.mark.parametrize("type_", TYPES)
    def test_names_fields_that_there_are(self, type_: str) -> None:
        schema = registry().latest(type_)

        named = {schema.headline, *schema.searchable, *schema.dashboard}
        assert named <= set(schema.model_fields)
        assert schema.headline in LEAST[type_]
        assert schema.searchable[0] == schema.headline
