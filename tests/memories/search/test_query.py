"""Reading a query the way people type it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memories.schemas.search import SearchRequest
from memories.search.query import Clause, Kind, Query, read


def reading(text: str) -> Query:
    return read(SearchRequest(query=text))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", []),
        ("renewal risk", [Clause(Kind.WORD, "renewal"), Clause(Kind.WORD, "risk")]),
        ('"at risk"', [Clause(Kind.PHRASE, "at risk")]),
        ('"never closed', [Clause(Kind.PHRASE, "never closed")]),
        ("-acme", [Clause(Kind.WORD, "acme", negated=True)]),
        ('-"at risk"', [Clause(Kind.PHRASE, "at risk", negated=True)]),
        ("pric*", [Clause(Kind.PREFIX, "pric")]),
        ("-pric*", [Clause(Kind.PREFIX, "pric", negated=True)]),
        ("ENG-1234", [Clause(Kind.WORD, "ENG-1234")]),
        ("- * ( ) && :", []),
        ("note: this", [Clause(Kind.WORD, "note:"), Clause(Kind.WORD, "this")]),
        ("what:ever", [Clause(Kind.WORD, "what:ever")]),
        ("https://x.test/a", [Clause(Kind.WORD, "https://x.test/a")]),
        ("after:soon", [Clause(Kind.WORD, "after:soon")]),
    ],
)
def test_words_become_clauses(text: str, clauses: list[Clause]) -> None:
    assert list(reading(text).clauses) == clauses


def test_filters_are_read_inline() -> None:
    query = reading(
        'type:decision Source:gong tag:pricing customer:"Acme Corp" '
        "owner:ann@example.com after:2026-01-01 before:2026-06-30T12:00:00Z renewal"
    )

    assert query.types == ("decision",)
    assert query.sources == ("gong",)
    assert query.tags == ("pricing",)
    assert query.customer == "Acme Corp"
    assert query.owner == "ann@example.com"
    assert query.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert query.end == datetime(2026, 6, 30, 12, tzinfo=UTC)
    assert query.clauses == (Clause(Kind.WORD, "renewal"),)


def test_inline_filters_join_the_fields_of_the_request() -> None:
    request = SearchRequest(query="type:event tag:b", types=["chat"], tags=["a"])

    query = read(request)

    assert query.types == ("chat", "event")
    assert query.tags == ("a", "b")


@given(st.text(max_size=200).filter(lambda text: "\x00" not in text))
def test_nothing_that_is_typed_is_an_error(text: str) -> None:
    clean = text.encode(errors="ignore").decode()

    for clause in reading(clean).clauses:
        assert any(character.isalnum() for character in clause.text)
