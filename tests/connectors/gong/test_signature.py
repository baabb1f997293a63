"""connectors.gong.signature: only what Gong signed for us comes in."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from connectors.base import ForgedError, Incoming
from connectors.gong.signature import LATE_SECONDS, verify
from tests.connectors.gong.delivering import KEY, OTHER_KEY, bare, pem, token

URL = "https://hub.example.com/webhooks/gong"
BODY = b'{"callData":{"metaData":{"id":"5599332235511222779"}},"isTest":false}'
PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAicqTMe5y2Q+1j9TfIJzu
kXXGHsxmuvpB8K9m/eotEaynTbPreF9wTc49wahOztwLyNwhreezPikVrc5nBD/I
qHjrkrCzcvI4uAa4MSjqulw4/RBz3I92owSoXp8CVmTWqrcrMvTnmbeKr7VRkaAW
Ra5zGB1aEFMh4RHtEImi2VSvsYYUfoSgEZALYKzPpxFMub/EiCRbNX6AfC4j7Fjd
RTIPMudrsLu8Pdmy+rcERYbzx9gAi1rEsxHSnjf0T4ek/F2M/ALe3E7gJKuveTwb
HZikF3LpHL/oZqYlmkXYYPyiB0IbbNS6OTZEzGq/LuC/CmSOqtdFOKQa9NxXyPxA
8QIDAQAB
-----END PUBLIC KEY-----
"""
TOKEN = (
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ3ZWJob29rX3VybCI6Imh0dHBzOi8vaHViLmV"
    "4YW1wbGUuY29tL3dlYmhvb2tzL2dvbmciLCJib2R5X3NoYTI1NiI6IjVmNDNjNjI2Y2JlZDIwMGI"
    "2MmVkYmE0ZmVlZDg5YWQzYmNiY2Q0YWExMDU5ODIxNzZhNDAxODE2NGUxZTQ0NGUiLCJleHAiOjE"
    "3ODAzMTU1MDB9.TCSxUzlS5qYs9FSzv2xPODcB-7jIF9Mejv0YUZ41d_nBrMD-T6KqJedSHBBvZ_"
    "0ScVRV_4mqUBX6k7fLMUo9Jso-7pU5xdWvi1dP4Ws3yWQNgbBFxEDVFpY0jw8KyTeI5QNiZwLp7z"
    "eklRxTdFxfMM6U38Q_Ip__1_LSsfzgCGDivFwABruvJ_panlr9cP58U338tEHYWATyeaXWQ5ekcx"
    "5bRSdwf1yAF4OIT3J3iyA-gNkDH3bDqfHuLAvP_XMMOuNaeXHgBGlQnKLE8DF2Imsg-9aqQnLaav"
    "0rRLF2kq7MSBG2-MiUbiYp0b-9rx2TVrtiiZ76SbhxSutrpPvGQw"
)
"""What openssl made of BODY by PUBLIC_KEY's other half."""
ENDS_AT = datetime(2026, 6, 1, 12, 5, tzinfo=UTC)
DIGEST = hashlib.sha256(BODY).hexdigest()


def incoming(
    *,
    body: bytes = BODY,
    claimed: str = TOKEN,
    url: str = URL,
    late: float = 0,
    **headers: str,
) -> Incoming:
    return Incoming(
        headers=headers or {"authorization": claimed},
        body=body,
        url=url,
        received_at=ENDS_AT + timedelta(seconds=late),
    )


def signed(**claims: Any) -> Incoming:
    return incoming(claimed=token(BODY, **({"webhook_url": URL} | claims)))


@pytest.mark.parametrize("claimed", [TOKEN, f"Bearer {TOKEN}", f"bearer {TOKEN}"])
def test_lets_in_what_was_signed_for_us(claimed: str) -> None:
    verify(incoming(claimed=claimed), [PUBLIC_KEY])


@pytest.mark.parametrize("late", [-86400, 0, LATE_SECONDS])
def test_lets_it_in_until_the_token_ends(late: float) -> None:
    verify(incoming(late=late), [PUBLIC_KEY])


@pytest.mark.parametrize(
    "url",
    [
        URL,
        URL.replace("https", "http"),
        URL + "/",
        URL.replace("hub.example.com", "hub.example.com:80"),
        URL.replace("hub.example.com", "HUB.example.com"),
        URL + "?key=1",
    ],
)
def test_lets_in_what_came_through_a_proxy(url: str) -> None:
    verify(incoming(url=url), [PUBLIC_KEY])


@pytest.mark.parametrize(
    "secret", [PUBLIC_KEY, PUBLIC_KEY.replace("\n", "\\n"), PUBLIC_KEY.strip()]
)
def test_takes_a_key_in_pem_in_one_line_too(secret: str) -> None:
    verify(incoming(), [secret])


def test_takes_a_key_as_gong_shows_it() -> None:
    verify(signed(), [bare(KEY)])


@pytest.mark.parametrize("others", [[pem(OTHER_KEY)], ["no key"], ["-----BEGIN"]])
def test_takes_two_keys_while_one_takes_over(others: list[str]) -> None:
    verify(signed(), [*others, pem(KEY)])
    verify(signed(), [pem(KEY), *others])


def test_lets_in_a_token_without_an_end() -> None:
    verify(signed(), [pem(KEY)])


@pytest.mark.parametrize(
    "forged",
    [
        incoming(body=BODY[:-1] + b" "),
        incoming(body=b""),
        incoming(claimed=TOKEN[:-3] + "AAA"),
        incoming(claimed=TOKEN.rpartition(".")[0] + "."),
        incoming(claimed=TOKEN.rpartition(".")[0]),
        incoming(claimed=f"Basic {TOKEN}"),
        incoming(claimed="Bearer "),
        incoming(claimed="é"),
        incoming(claimed=""),
        incoming(host="hub.example.com"),
        incoming(late=LATE_SECONDS + 1),
        incoming(url="https://hub.example.com/webhooks/slack"),
        incoming(url="https://other.example.com/webhooks/gong"),
        incoming(url="https://hub.example.com:8443/webhooks/gong"),
    ],
)
def test_refuses_all_else(forged: Incoming) -> None:
    with pytest.raises(ForgedError):
        verify(forged, [PUBLIC_KEY])


@pytest.mark.parametrize(
    "claims",
    [
        {"body_sha256": None},
        {"body_sha256": DIGEST[:-1]},
        {"body_sha256": "é"},
        {"body_sha256": 7},
        {"webhook_url": None},
        {"webhook_url": "https://[hub.example.com/webhooks/gong"},
        {"webhook_url": "https://hub.example.com:x/webhooks/gong"},
        {"exp": 0},
        {"exp": "soon"},
        {"exp": float("nan")},
        {"exp": float("-inf")},
    ],
)
def test_refuses_claims_that_do_not_hold(claims: dict[str, object]) -> None:
    with pytest.raises(ForgedError):
        verify(signed(**claims), [pem(KEY)])


def test_refuses_a_token_by_our_public_key_as_a_password() -> None:
    claims = {"webhook_url": URL, "body_sha256": DIGEST}
    unsigned = jwt.encode(claims, key="", algorithm="none")
    by_password = jwt.encode(claims, bare(KEY), algorithm="HS256")

    for claimed in (unsigned, by_password):
        with pytest.raises(ForgedError):
            verify(incoming(claimed=claimed), [bare(KEY)])


def test_refuses_another_key() -> None:
    with pytest.raises(ForgedError):
        verify(incoming(), [pem(KEY), pem(OTHER_KEY)])


def test_says_that_a_key_is_none(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ForgedError):
        verify(incoming(), ["neither this nor that"])

    assert "gong_public_key_unreadable" in caplog.text
    assert "neither" not in caplog.text
