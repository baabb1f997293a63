"""memories.search.words: accents of their own, and those that lower case makes."""

import pytest

from memories.search.words import stems, unaccented, written

RESUME = "résumé"
APART = "re\u0301sume\u0301"


@pytest.mark.parametrize("text", [RESUME, APART, "RÉSUMÉ", "resume"])
def test_accents_make_no_other_word(text: str) -> None:
    assert list(written(text)) == ["resume"]
    assert list(stems(text)) == list(stems("resume"))


def test_greek_accents_go() -> None:
    assert unaccented("άνθρωπος") == "ανθρωπος"


def test_a_dotted_capital_is_the_letter() -> None:
    assert list(written("İstanbul")) == ["istanbul"]


@pytest.mark.parametrize("text", ["한국어", "ガス", "हिन्दी", "край", "plain"])
def test_other_scripts_keep_their_marks(text: str) -> None:
    assert unaccented(text) == text
