"""connectors.github.signature: only what GitHub signed."""

from datetime import UTC, datetime

import pytest

from connectors.base import ForgedError, Incoming
from connectors.github.signature import signature, verify

SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def incoming(
    *,
    body: bytes = BODY,
    claimed: str = SIGNATURE,
    header: str = "x-hub-signature-256",
) -> Incoming:
    """Return the delivery that GitHub's documentation signs by way of example."""
    return Incoming(
        headers={header: claimed},
        body=body,
        url="https://hub.example.com/webhooks/github",
        received_at=datetime(2026, 6, 1, tzinfo=UTC),
    )


def test_is_the_one_of_the_documentation() -> None:
    assert signature(SECRET, BODY) == SIGNATURE


def test_lets_in_what_was_signed() -> None:
    verify(incoming(), [SECRET])


@pytest.mark.parametrize("secrets", [[SECRET, "old"], ["new", SECRET]])
def test_takes_two_secrets_while_one_takes_over(secrets: list[str]) -> None:
    verify(incoming(), secrets)


@pytest.mark.parametrize(
    "forged",
    [
        incoming(body=b"Hello, World?"),
        incoming(body=b""),
        incoming(claimed=SIGNATURE[:-1] + "8"),
        incoming(claimed=SIGNATURE.removeprefix("sha256=")),
        incoming(claimed=SIGNATURE.replace("sha256", "sha1")),
        incoming(claimed="sha256=é"),
        incoming(claimed="sha256="),
        incoming(claimed=""),
        incoming(header="x-hub-signature"),
        incoming(header="host"),
    ],
)
def test_refuses_all_else(forged: Incoming) -> None:
    with pytest.raises(ForgedError):
        verify(forged, [SECRET])


def test_refuses_another_secret() -> None:
    with pytest.raises(ForgedError):
        verify(incoming(), [SECRET.upper(), "x"])
