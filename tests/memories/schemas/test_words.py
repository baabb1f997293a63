"""memories.schemas: the title, the words to search, and the customer of a content."""

import pytest

from tests.memories.schemas.contents import MOST, parse

LONG = "word " * 40


class TestTheDefaultTitle:
    @pytest.mark.parametrize(
        ("type_", "headline"),
        [
            ("chat", "message"),
            ("event", "summary"),
            ("insight", "insight"),
            ("decision", "decision"),
        ],
    )
    def test_is_the_headline(self, type_: str, headline: str) -> None:
        assert parse(type_, **{headline: "What it says"}).default_title() == (
            "What it says"
        )

    @pytest.mark.parametrize(
        ("message", "title"),
        [
            ("first\nsecond", "first"),
            ("\n\n  first  \r\nsecond", "first"),
            ("much \t  space", "much space"),
            ("x" * 120, "x" * 120),
            ("x" * 121, "x" * 119 + "…"),
            (LONG, "word " * 22 + "word…"),
            ("a" * 100 + ", " + "b" * 30, "a" * 100 + "…"),
        ],
    )
    def test_is_one_line_of_at_most_120_characters(
        self, message: str, title: str
    ) -> None:
        found = parse("chat", message=message).default_title()

        assert found == title
        assert len(found) <= 120


class TestTheSearchText:
    @pytest.mark.parametrize(
        ("type_", "text"),
        [
            ("chat", "Hello Hi renewal Ann Ann Bob #sales Call back Ann"),
            ("event", "Review call Acme renewal Ann Call back Ann"),
            ("insight", "Champions matter Call them churn Acme churn"),
            (
                "decision",
                "Offer ten per cent They would leave Do nothing Acme pricing Ann "
                "Call back Ann",
            ),
        ],
    )
    def test_holds_the_words_the_weightiest_first(self, type_: str, text: str) -> None:
        assert parse(type_, **MOST[type_]).search_text().split() == text.split()

    def test_keeps_fields_on_lines_of_their_own(self) -> None:
        content = parse("chat", message="m", topics=["t 1", "t 2"], author="a")

        assert content.search_text() == "m\nt 1\nt 2\na"

    def test_leaves_out_what_is_not_said(self) -> None:
        assert parse("event").search_text() == "s\ncall"


class TestTheCustomer:
    def test_is_whom_the_memory_is_about(self) -> None:
        assert parse("event", customer="Acme").customer_name() == "Acme"

    def test_is_nobody_where_the_type_has_none(self) -> None:
        assert parse("event").customer_name() is None
        assert parse("chat").customer_name() is None
