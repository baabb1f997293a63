"""How text becomes words: the same for the index, the tail and the snippets."""

import re
from collections.abc import Sequence
from functools import lru_cache
from unicodedata import normalize

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

LONGEST = 80
_ACCENTS = re.compile("(?<=[A-Za-z\u0370-\u03ff])[\u0300-\u036f]+")


def _analyzer(*more: Filter, tokenizer: Tokenizer | None = None) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(tokenizer or Tokenizer.simple())
    for each in (
        Filter.remove_long(LONGEST),
        Filter.lowercase(),
        Filter.ascii_fold(),
        *more,
    ):
        builder = builder.filter(each)
    return builder.build()


STEMMED = _analyzer(Filter.stemmer("english"))
"""Words brought to their stems: renewal and renewals are one."""

AS_WRITTEN = _analyzer()
"""Words as they are written, but for case and accents."""

_SMALL = """
a about am an and any are as at be been being but by can could did do does doing for
from had has have having he her hers him his how i if in into is it its me my of on
or our ours she should so some than that the their them then there these they this
those to us was we were what when where which who whom whose why will with would you
your d ll re s t ve
"""

SMALL = frozenset(_SMALL.split())
"""Words that say nothing by themselves; a query of nothing else keeps them."""


MOST_IN_A_ROW = 16
"""How many words in a row are looked for; each costs the index its whole list."""


@lru_cache(maxsize=4096)
def asked_stems(text: str) -> tuple[str, ...]:
    """Return the words of what somebody asks for, as the index knows them."""
    return tuple(stems(text)[:MOST_IN_A_ROW])


@lru_cache(maxsize=4096)
def asked_words(text: str) -> tuple[str, ...]:
    """Return the words of what somebody asks for, as they are written."""
    return tuple(written(text))


def stems(text: str) -> Sequence[str]:
    """Return a text's words as the index knows them."""
    return STEMMED.analyze(unaccented(text))


def written(text: str) -> Sequence[str]:
    """Return a text's words as they are written."""
    return AS_WRITTEN.analyze(unaccented(text))


def unaccented(text: str) -> str:
    """Take off the accents of Latin and Greek letters, however they are written.

    The index does so where an accent is one character with a Latin letter, and would
    cut a word in two at others.
    """
    if text.isascii():
        return text
    return normalize("NFC", _ACCENTS.sub("", normalize("NFD", text)))
