"""Showing where a result fits the query."""

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from memories.schemas.search import SearchRequest
from memories.search.query import Query, read
from memories.search.snippets import SNIPPET_LENGTH, Snippet, snippet


def asking(text: str) -> Query:
    return read(SearchRequest(query=text), now=timezone.now())


def marked(found: Snippet) -> list[str]:
    return [found.text[start:end] for start, end in found.highlights]


def test_marks_every_form_of_a_word() -> None:
    found = snippet("Renewals are late. The renewal is at risk.", asking("renewal"))

    assert marked(found) == ["Renewals", "renewal"]


def test_marks_prefixes_and_phrases_and_no_unwanted_words() -> None:
    text = "Pricing page: the price list for Acme"

    found = snippet(text, asking('pric* "price list" -acme'))

    assert marked(found) == ["Pricing", "price", "list"]


def test_marks_the_words_before_a_prefix_whole() -> None:
    found = snippet("ENG-1234 of engineering, 127", asking("ENG-12*"))

    assert marked(found) == ["ENG", "1234", "127"]


def test_marks_no_small_words_beside_others() -> None:
    assert marked(snippet("What the renewal is", asking("what is the renewal"))) == [
        "renewal"
    ]


def test_offsets_count_characters_and_not_bytes() -> None:
    found = snippet("😀 Café résumé: the renewal", asking("renewal resume"))

    assert marked(found) == ["résumé", "renewal"]


def test_a_text_without_the_words_begins_at_its_beginning() -> None:
    found = snippet("filler " * 200, asking("renewal"))

    assert found.text.startswith("filler filler")
    assert found.highlights == ()


def test_a_short_text_is_shown_whole() -> None:
    text = "x" * SNIPPET_LENGTH

    assert snippet(text, asking("renewal")).text == text


def test_a_long_text_is_cut_at_words_where_the_query_is() -> None:
    text = "filler " * 200 + "the renewal is at risk " + "filler " * 200

    found = snippet(text, asking("renewal risk"))

    assert len(found.text) <= SNIPPET_LENGTH
    assert marked(found) == ["renewal", "risk"]
    assert set(found.text.split()) == {"filler", "the", "renewal", "is", "at", "risk"}


def test_the_stretch_with_most_of_the_words_is_shown() -> None:
    text = "renewal " + "filler " * 200 + "renewal risk " + "filler " * 200

    assert marked(snippet(text, asking("renewal risk"))) == ["renewal", "risk"]


@pytest.mark.parametrize("gap", ["\n", "、", "/"])
def test_a_text_without_spaces_is_cut_where_the_words_are(gap: str) -> None:
    text = f"filler{gap}" * 200 + "renewal" + f"{gap}filler" * 200

    found = snippet(text, asking("renewal"))

    assert len(found.text) <= SNIPPET_LENGTH
    assert marked(found) == ["renewal"]


def test_a_long_text_of_one_word_is_marked_from_end_to_end() -> None:
    found = snippet("renewal " * 8192, asking("renewal"))

    assert len(found.highlights) == SNIPPET_LENGTH // len("renewal ")
    assert set(marked(found)) == {"renewal"}


@given(st.text(max_size=600), st.text(min_size=1, max_size=40))
def test_highlights_lie_within_the_snippet(text: str, query: str) -> None:
    found = snippet(text.encode(errors="ignore").decode(), asking(query))

    assert len(found.text) <= SNIPPET_LENGTH
    for start, end in found.highlights:
        assert 0 <= start < end <= len(found.text)
