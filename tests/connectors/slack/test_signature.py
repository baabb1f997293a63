"""connectors.slack.signature: only what Slack signed, and just now."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import ForgedError, Incoming
from connectors.slack.signature import signature, verify

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SENT_AT = "1531420618"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&"
    b"channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&"
    b"command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F"
    b"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
    b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def incoming(
    *,
    body: bytes = BODY,
    sent_at: str = SENT_AT,
    claimed: str = SIGNATURE,
    late: float = 0,
    **headers: str,
) -> Incoming:
    """Return the delivery that Slack's documentation signs by way of example."""
    received_at = datetime.fromtimestamp(int(SENT_AT), UTC) + timedelta(seconds=late)
    return Incoming(
        headers=headers
        or {"x-slack-request-timestamp": sent_at, "x-slack-signature": claimed},
        body=body,
        url="https://hub.example.com/webhooks/slack",
        received_at=received_at,
    )


def test_is_the_one_of_the_documentation() -> None:
    assert signature(SECRET, SENT_AT, BODY) == SIGNATURE


@pytest.mark.parametrize("late", [0, 299, -299])
def test_lets_in_what_was_signed_just_now(late: float) -> None:
    verify(incoming(late=late), [SECRET])


@pytest.mark.parametrize("secrets", [[SECRET, "old"], ["new", SECRET]])
def test_takes_two_secrets_while_one_takes_over(secrets: list[str]) -> None:
    verify(incoming(), secrets)


@pytest.mark.parametrize(
    "forged",
    [
        incoming(body=BODY[:-1] + b"d"),
        incoming(body=b""),
        incoming(claimed=SIGNATURE[:-1] + "4"),
        incoming(claimed=SIGNATURE.removeprefix("v0=")),
        incoming(claimed="v0=é"),
        incoming(claimed=""),
        incoming(sent_at="1531420619"),
        incoming(sent_at=""),
        incoming(sent_at="soon"),
        incoming(sent_at="-1531420618"),
        incoming(sent_at="9" * 5000),
        incoming(sent_at="١٥٣١٤٢٠٦١٨"),
        incoming(late=301),
        incoming(late=-301),
        incoming(host="hub.example.com"),
    ],
)
def test_refuses_all_else(forged: Incoming) -> None:
    with pytest.raises(ForgedError):
        verify(forged, [SECRET])


def test_refuses_another_secret() -> None:
    with pytest.raises(ForgedError):
        verify(incoming(), [SECRET.upper(), "x"])
