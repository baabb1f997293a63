"""Order and snippets."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from memories.schemas.search import SearchRequest
from memories.search.index import Hit
from memories.search.query import Query, read
from memories.search.ranking import SNIPPET_LENGTH, blend, snippet


def asking(text: str) -> Query:
    return read(SearchRequest(query=text))


def test_the_index_decides_the_order_of_what_it_knows() -> None:
    better, worse = Hit(uuid4(), 4.0), Hit(uuid4(), 1.0)

    ranked = blend([better, worse], [], stale=())

    assert [one.id for one in ranked] == [better.id, worse.id]


def test_a_fresh_memory_with_every_word_comes_first() -> None:
    hit, fresh = Hit(uuid4(), 4.0), uuid4()

    ranked = blend([hit], [(fresh, 1.0)], stale=())

    assert [one.id for one in ranked] == [fresh, hit.id]
    assert [one.arm for one in ranked] == ["tail", "index"]


def test_an_old_version_in_the_index_does_not_count() -> None:
    stale = Hit(uuid4(), 4.0)

    assert blend([stale], [], stale={stale.id}) == []


def test_a_snippet_marks_every_form_of_a_word() -> None:
    found = snippet("Renewals are late. The renewal is at risk.", asking("renewal"))

    marked = [found.text[start:end] for start, end in found.highlights]
    assert marked == ["Renewals", "renewal"]


def test_a_snippet_marks_prefixes_and_phrases_and_no_unwanted_words() -> None:
    text = "Pricing page: the price list for Acme"

    found = snippet(text, asking('pric* "price list" -acme'))

    marked = [found.text[start:end] for start, end in found.highlights]
    assert marked == ["Pricing", "price", "list"]


def test_offsets_count_characters_and_not_bytes() -> None:
    found = snippet("😀 Café résumé: the renewal", asking("renewal resume"))

    marked = [found.text[start:end] for start, end in found.highlights]
    assert marked == ["résumé", "renewal"]


def test_a_long_text_is_cut_where_the_words_are() -> None:
    text = "filler " * 200 + "the renewal is at risk " + "filler " * 200

    found = snippet(text, asking("renewal risk"))

    assert len(found.text) <= SNIPPET_LENGTH
    marked = [found.text[start:end] for start, end in found.highlights]
    assert marked == ["renewal", "risk"]


@given(st.text(max_size=600), st.text(min_size=1, max_size=40))
def test_highlights_lie_within_the_snippet(text: str, query: str) -> None:
    clean = query.replace("\x00", "").encode(errors="ignore").decode()
    text = text.encode(errors="ignore").decode()

    found = snippet(text, asking(clean))

    assert len(found.text) <= SNIPPET_LENGTH
    for start, end in found.highlights:
        assert 0 <= start < end <= len(found.text)
