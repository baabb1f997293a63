"""Reading a query the way people type it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memories.schemas.search import SearchRequest
from memories.search.query import (
    LONGEST,
    MOST,
    MOST_COSTLY,
    Clause,
    Filter,
    Kind,
    Query,
    read,
)
from memories.search.words import MOST_IN_A_ROW

NOW = datetime(2026, 6, 17, 15, 30, tzinfo=UTC)
"""A Wednesday."""


def reading(text: str, **fields: Any) -> Query:
    request = SearchRequest(query=text, **fields)
    return read(request, now=NOW, me="ann@example.com")


def word(text: str, *, negated: bool = False) -> Clause:
    return Clause(Kind.WORD, text, negated)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", []),
        ("renewal risk", [word("renewal"), word("risk")]),
        ('"at risk"', [Clause(Kind.PHRASE, "at risk")]),
        ('"never closed', [Clause(Kind.PHRASE, "never closed")]),
        ("-acme", [word("acme", negated=True)]),
        ('-"at risk"', [Clause(Kind.PHRASE, "at risk", negated=True)]),
        ("pric*", [Clause(Kind.PREFIX, "pric")]),
        ("pric**", [Clause(Kind.PREFIX, "pric")]),
        ("-pric*", [Clause(Kind.PREFIX, "pric", negated=True)]),
        ('"pric*"', [Clause(Kind.PHRASE, "pric*")]),
        ("#pric*", [Clause(Kind.PREFIX, "pric")]),
        ("(pric*),", [Clause(Kind.PREFIX, "pric")]),
        ("-@pric*", [Clause(Kind.PREFIX, "pric", negated=True)]),
        ("ENG-12*", [Clause(Kind.PREFIX, "ENG-12")]),
        ("acme.co*", [Clause(Kind.PREFIX, "acme.co")]),
        ("pricing_mod*", [Clause(Kind.PREFIX, "pricing_mod")]),
        ("what:ev*", [Clause(Kind.PREFIX, "what:ev")]),
        ("ENG-*", [word("ENG-*")]),
        ("a*b", [word("a*b")]),
        ("x" * 90 + "*", [word("x" * 90 + "*")]),
        ("*", []),
        ("ENG-1234", [word("ENG-1234")]),
        ("- * ( ) && :", []),
        ("note: this_one", [word("note:"), word("this_one")]),
        ("what:ever", [word("what:ever")]),
        ("-what:ever", [word("what:ever", negated=True)]),
        ('what:"ever and ever"', [Clause(Kind.PHRASE, "what:ever and ever")]),
        ("https://x.test/a", [word("https://x.test/a")]),
        ("type:", [word("type:")]),
    ],
)
def test_words_become_clauses(text: str, clauses: list[Clause]) -> None:
    assert list(reading(text).clauses) == clauses


@pytest.mark.parametrize(
    "text", ['tag:""', 'customer:"', 'after:" "', 'renewal -tag:""']
)
def test_a_filter_without_a_value_asks_for_nothing(text: str) -> None:
    query = reading(text)

    assert not query.filters
    assert not query.is_dated
    assert {clause.text for clause in query.clauses} <= {"renewal"}


def test_a_clause_is_wanted_or_not() -> None:
    query = reading('renewal pric* "at risk" -acme -"not now" -tea*')

    assert [clause.text for clause in query.words] == ["renewal", "pric"]
    assert [clause.text for clause in query.phrases] == ["at risk"]
    assert [clause.text for clause in query.wanted] == ["renewal", "pric", "at risk"]
    assert [clause.text for clause in query.unwanted] == ["acme", "not now", "tea"]


def test_a_model_reads_the_sentence_with_its_small_words_and_without_filters() -> None:
    query = reading("Why was the renewal of tag:x lost -acme")

    assert query.sentence == "Why was the renewal of lost"


def test_filters_are_read_inline() -> None:
    query = reading(
        'type:decision Source:gong tag:pricing customer:"Acme Corp" '
        "owner:bob@example.com after:2026-01-01 before:2026-06-30T12:00:00Z renewal"
    )

    assert query.values("type") == ("decision",)
    assert query.values("source") == ("gong",)
    assert query.values("tag") == ("pricing",)
    assert query.values("customer") == ("Acme Corp",)
    assert query.values("owner") == ("bob@example.com",)
    assert query.start == day("2026-01-01")
    assert query.end == datetime(2026, 6, 30, 12, tzinfo=UTC)
    assert query.clauses == (word("renewal"),)
    assert query.notes == ()


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("-tag:x", "tag", "x"),
        ("-type:decisions", "type", "decision"),
        ("-source:gong", "source", "gong"),
        ('-customer:"Acme Corp"', "customer", "Acme Corp"),
        ("-owner:me", "owner", "ann@example.com"),
    ],
)
def test_a_minus_turns_a_filter_round(text: str, field: Any, value: str) -> None:
    query = reading(text)

    assert query.filters == (Filter(field, (value,), negated=True),)
    assert query.values(field) == ()
    assert query.values(field, negated=True) == (value,)
    assert query.clauses == ()


@pytest.mark.parametrize("text", ["type:decisions", "type:DECISION", "Type:Decisions"])
def test_a_type_may_be_in_the_plural(text: str) -> None:
    assert reading(text).values("type") == ("decision",)


def test_an_unknown_type_is_told_and_read_as_a_word() -> None:
    query = reading("type:rumour")

    assert query.filters == ()
    assert query.clauses == (word("type:rumour"),)
    (note,) = query.notes
    assert "'rumour'" in note
    assert "chat, event, insight, decision" in note


def test_me_is_whoever_asks() -> None:
    assert reading("owner:me").values("owner") == ("ann@example.com",)
    assert reading("owner:ME").values("owner") == ("ann@example.com",)


def test_me_is_nobody_where_no_person_asks() -> None:
    query = read(SearchRequest(query="owner:me"), now=NOW)

    assert query.values("owner") == ("me",)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("after:yesterday", "2026-06-16", None),
        ('after:"30 days ago"', "2026-05-18", None),
        ('before:"last monday"', None, "2026-06-15"),
        ("after:2026-03 before:2026-04", "2026-03-01", "2026-04-01"),
        ("last 30 days", "2026-05-18", None),
        ("Past 2 weeks", "2026-06-03", None),
        ("previous 1 quarter", "2026-03-17", None),
        ("after:last 30 days", "2026-05-18", None),
        ("before:last 30 days", None, "2026-05-18"),
        ("Before: Past 2 weeks", None, "2026-06-03"),
        ("before:last 2 weeks after:last 30 days", "2026-05-18", "2026-06-03"),
    ],
)
def test_a_time_is_read(text: str, start: str | None, end: str | None) -> None:
    query = reading(text)

    assert query.start == (day(start) if start else None)
    assert query.end == (day(end) if end else None)
    assert query.is_dated
    assert query.clauses == ()


def test_a_stretch_of_time_stands_among_words() -> None:
    query = reading('renewal last 30 days "at risk"')

    assert query.start == day("2026-05-18")
    assert [clause.text for clause in query.clauses] == ["renewal", "at risk"]


def test_a_side_of_a_stretch_of_time_stands_among_words() -> None:
    query = reading("before:last 30 days budget")

    assert (query.start, query.end) == (None, day("2026-05-18"))
    assert query.clauses == (word("budget"),)
    assert query.notes == ()


@pytest.mark.parametrize(
    "text", ['"last 30 days"', '"the last 30 days were good"', 'x "last 30 days']
)
def test_a_stretch_of_time_in_quotes_is_a_phrase(text: str) -> None:
    query = reading(text)

    assert not query.is_dated
    assert "last 30 days" in query.phrases[0].text


def test_a_stretch_of_time_after_a_closed_quote_counts() -> None:
    assert reading('"at risk" last 30 days').start == day("2026-05-18")


@pytest.mark.parametrize("text", ["last days", "last 30", "last 9999 years", "30 days"])
def test_what_is_no_stretch_of_time_is_words(text: str) -> None:
    query = reading(text)

    assert not query.is_dated
    assert [clause.text for clause in query.clauses] == text.split()


@pytest.mark.parametrize(
    "text", ["after:soon", "before:31.03.2026", "after:2026-02-30"]
)
def test_a_time_that_is_none_is_told_and_read_as_a_word(text: str) -> None:
    query = reading(text)

    assert not query.is_dated
    assert query.clauses == (word(text),)
    (note,) = query.notes
    assert "is not a date" in note


def test_a_time_cannot_be_turned_round() -> None:
    query = reading("-after:2026-01-01")

    assert not query.is_dated
    assert query.clauses == (word("after:2026-01-01", negated=True),)


def test_a_side_of_a_stretch_of_time_cannot_be_turned_round() -> None:
    query = reading("-before:last 30 days")

    assert not query.is_dated
    assert query.clauses[0] == word("before:last", negated=True)


@pytest.mark.parametrize(
    ("first", "last"),
    [("“", "”"), ("„", "“"), ("‟", "”"), ("«", "»"), ("»", "«"), ("“", '"')],
)
def test_typographic_quotes_are_quotes(first: str, last: str) -> None:
    query = reading(
        f"{first}fixed price{last} customer:{first}Acme Corp{last} -{first}at risk"
    )

    assert query.filters == (Filter("customer", ("Acme Corp",)),)
    assert query.clauses == (
        Clause(Kind.PHRASE, "fixed price"),
        Clause(Kind.PHRASE, "at risk", negated=True),
    )


def test_a_stretch_of_time_in_typographic_quotes_is_a_phrase() -> None:
    query = reading("“last 30 days”")

    assert not query.is_dated
    assert query.clauses == (Clause(Kind.PHRASE, "last 30 days"),)


def test_inline_filters_narrow_the_fields_of_the_request() -> None:
    query = reading("type:event -type:chat tag:b", types=["chat"], tags=["a"])

    assert query.filters == (
        Filter("type", ("chat",)),
        Filter("tag", ("a",)),
        Filter("type", ("event",)),
        Filter("type", ("chat",), negated=True),
        Filter("tag", ("b",)),
    )


def test_inline_times_narrow_the_fields_of_the_request() -> None:
    march, may = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 5))
    span = {"from": march, "to": may}

    within = reading("after:2026-04-01 before:2026-04-15", **span)
    beyond = reading("after:2026-01-01 before:2026-09-01", **span)

    assert within.start and within.end
    assert march < within.start < within.end < may
    assert (beyond.start, beyond.end) == (march, may)


def test_all_tags_must_be_there_and_one_of_other_values() -> None:
    query = reading("tag:b source:gong source:slack", tags=["a"])

    assert set(query.filters) == {
        Filter("tag", ("a",)),
        Filter("tag", ("b",)),
        Filter("source", ("gong", "slack")),
    }


def test_a_time_that_is_typed_goes_before_the_fields() -> None:
    within = {"from": "2026-01-01", "to": "2026-03-01"}

    query = reading("after:2026-02-01", **within)

    assert (query.start, query.end) == (day("2026-02-01"), day("2026-03-01"))


@pytest.mark.parametrize(
    ("text", "left", "ignored"),
    [
        ("what is the renewal", ["renewal"], ("what", "is", "the")),
        ("The renewal", ["renewal"], ("The",)),
        ("what's up-to the renewal", ["up-to", "renewal"], ("what's", "the")),
        ('the "at risk"', ["at risk"], ("the",)),
        ("the pric*", ["pric"], ("the",)),
        ("the", ["the"], ()),
        ("what is the", ["what", "is", "the"], ()),
        ("the -renewal", ["the"], ()),
    ],
)
def test_small_words_are_ignored_where_something_else_is_left(
    text: str, left: list[str], ignored: tuple[str, ...]
) -> None:
    query = reading(text)

    assert [clause.text for clause in query.wanted] == left
    assert query.ignored == ignored


@pytest.mark.parametrize("text", ['"to be or not"', "-the renewal", "a* renewal"])
def test_small_words_in_phrases_negations_and_prefixes_count(text: str) -> None:
    assert reading(text).ignored == ()


def test_what_is_too_long_is_cut_at_a_word_and_told() -> None:
    query = reading("renewal " * 400)

    assert {clause.text for clause in query.clauses} == {"renewal"}
    assert any(f"first {LONGEST:,} characters" in note for note in query.notes)


def test_one_word_that_is_too_long_is_cut_all_the_same() -> None:
    query = reading("x" * (LONGEST + 1))

    assert query.clauses == (word("x" * LONGEST),)


def test_as_much_as_is_read_is_not_noted() -> None:
    assert reading("x" * LONGEST).notes == ()


def test_too_many_words_are_told() -> None:
    query = reading(" ".join(f"word{number}" for number in range(MOST + 1)))

    assert [clause.text for clause in query.clauses[-1:]] == [f"word{MOST - 1}"]
    assert len(query.clauses) == MOST
    assert any(f"first {MOST} words" in note for note in query.notes)
    assert reading(" ".join(["word"] * MOST)).notes == ()


@pytest.mark.parametrize("text", ['"w{}"', "w{}-p*", "{}*"])
def test_too_many_costly_clauses_are_told(text: str) -> None:
    query = reading(" ".join(text.format(number) for number in range(MOST_COSTLY + 1)))

    assert len(query.clauses) == MOST_COSTLY
    assert any(f"{MOST_COSTLY} phrases" in note for note in query.notes)


def test_longer_beginnings_of_one_word_are_as_cheap_as_words() -> None:
    query = reading(" ".join(f"pric{number}*" for number in range(MOST_COSTLY + 1)))

    assert len(query.clauses) == MOST_COSTLY + 1
    assert query.notes == ()


def test_a_prefix_is_words_and_the_beginning_of_another() -> None:
    clause = Clause(Kind.PREFIX, "Models_renewal.Pricin")

    assert clause.parts == (["models", "renewal"], "pricin")
    assert Clause(Kind.PREFIX, "Caf").parts == ([], "caf")


@pytest.mark.parametrize("text", ["Ⓐ-" + "x" * 81 + "*", "ENG-" + "x" * 90 + "*"])
def test_a_beginning_that_no_word_has_is_a_word(text: str) -> None:
    (clause,) = reading(text).clauses

    assert clause.kind is Kind.WORD


def test_what_postgresql_cannot_keep_is_left_out() -> None:
    query = reading("price\x00list \ud800 risk")

    assert [clause.text for clause in query.clauses] == ["price", "list", "risk"]


TYPED = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            [
                *('"', "-", "*", ":", "last 30 days", "the", "tag:x", "-type:chats"),
                *("owner:me", "after:", "before:yesterday", 'customer:"', "type:x"),
                *("after:9999-12-31T23:59-14:00", "last 9999 years", "q1", "\u0130*"),
                *("before:last 30 days", "“", "eng-12*", "#x*", "⑴-½*"),
            ]
        ),
    ),
    max_size=12,
).map(" ".join)


@given(TYPED)
def test_nothing_that_is_typed_is_an_error(text: str) -> None:
    query = reading(text)

    assert len(query.clauses) <= MOST
    for clause in query.clauses:
        assert any(character.isalnum() for character in clause.text)
    for each in query.filters:
        assert all(each.values)


def test_a_long_phrase_is_read_in_part_and_says_so() -> None:
    (note,) = reading(f'"{"very " * 100}late"').notes

    assert f"first {MOST_IN_A_ROW} words of a phrase" in note
