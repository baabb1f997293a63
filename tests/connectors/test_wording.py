"""connectors.wording: texts that are cut to what fits."""

import json

import pytest

from connectors.wording import fitting


@pytest.mark.parametrize("text", ["", "short", "x" * 100])
def test_a_text_that_fits_stays(text: str) -> None:
    assert fitting(text, limit=100) == text


@pytest.mark.parametrize("letter", ["x", "é", "م", "😀", '"', "\n", "\x01"])
def test_a_longer_one_is_cut_to_the_bytes_that_it_takes(letter: str) -> None:
    cut = fitting("a" + letter * 200, limit=100)

    size = len(json.dumps(cut, ensure_ascii=False).encode()) - 2
    assert cut.endswith("…")
    assert size <= 100
    assert size > 85 or not letter.strip()
