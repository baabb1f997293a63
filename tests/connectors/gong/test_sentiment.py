"""connectors.gong.sentiment: how a text sounds."""

import time

import pytest

from connectors.gong.sentiment import sentiment_of


@pytest.mark.parametrize(
    "text",
    [
        "They are very disappointed with support.",
        "They will churn.",
        "The price is terrible! They threaten to cancel.",
    ],
)
def test_of_what_went_badly_is_below_zero(text: str) -> None:
    score = sentiment_of(text)

    assert score is not None
    assert -1 <= score < -0.3


def test_of_what_went_well_is_above_zero() -> None:
    score = sentiment_of("They love it. A wonderful call!")

    assert score is not None
    assert 0.3 < score <= 1


@pytest.mark.parametrize("text", ["Acme: renewal", "Security and support", "x"])
def test_of_what_is_neither_is_zero(text: str) -> None:
    assert sentiment_of(text) == 0


@pytest.mark.parametrize("text", ["", " \n", "...", "42", "مرحبا", "日本語"])
def test_needs_words(text: str) -> None:
    assert sentiment_of(text) is None


def test_does_not_grow_with_the_text() -> None:
    once = sentiment_of("The start was slow.\nThe price is bad.")

    assert sentiment_of("The start was slow.\nThe price is bad.\n" * 50) == once


@pytest.mark.parametrize("unit", ["bad ", "bad", "bad. ", "😀", "!", "B\n", "not "])
def test_of_any_length_takes_a_moment(unit: str) -> None:
    began = time.monotonic()

    sentiment_of("x" + unit * (40_000 // len(unit)))

    assert time.monotonic() - began < 3
