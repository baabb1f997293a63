"""connectors.signing: one good signature is enough, and none is too few."""

import hmac

import pytest

from connectors.base import ForgedError
from connectors.signing import hold_to


@pytest.mark.parametrize("good", [["a"], ["a", "b"], ["b", "a"]])
def test_one_that_fits_is_enough(good: list[str]) -> None:
    hold_to("a", good)


@pytest.mark.parametrize(
    ("claimed", "good"),
    [("", ["a"]), ("", [""]), ("a", []), ("a", ["b"]), ("é", ["e"])],
)
def test_none_that_fits_is_forged(claimed: str, good: list[str]) -> None:
    with pytest.raises(ForgedError):
        hold_to(claimed, good)


def test_each_is_compared_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def watched(claimed: bytes, good: bytes) -> bool:
        compared.append(good)
        return compare(claimed, good)

    monkeypatch.setattr(hmac, "compare_digest", watched)

    hold_to("a", ["a", "b"])

    assert compared == [b"a", b"b"]
