"""How Gong signs what it sends: by a token, which a public key of its rule verifies.

After https://help.gong.io/docs/prepare-your-receiving-application-to-receive-a-webhook-jwt-header.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from functools import cache
from urllib.parse import urlsplit

import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_der_public_key,
    load_pem_public_key,
)
from jwt import PyJWTError
from jwt.api_jws import PyJWS
from pydantic import BaseModel, Field, ValidationError

from connectors.base import ForgedError, Incoming

logger = structlog.get_logger(__name__)

LATE_SECONDS = 60
"""How far Gong's clock and ours may be apart where a token has an end."""

ALGORITHM = "RS256"
_TOKENS = PyJWS(algorithms=[ALGORITHM], options={"enforce_minimum_key_length": True})
_PORTS = {None, 80, 443}


class Claims(BaseModel):
    """What a token says of the delivery that it comes with."""

    webhook_url: str
    body_sha256: str
    exp: float | None = Field(None, allow_inf_nan=False)


def verify(incoming: Incoming, secrets: Sequence[str]) -> None:
    """Hold a delivery to its token.

    Raises:
        ForgedError: it has none, none of the keys verifies it, it is over, or it is of
            another body or another receiver.
    """
    claims = _claims(incoming.headers.get("authorization", ""), secrets)
    digest = hashlib.sha256(incoming.body).hexdigest().encode()
    if not hmac.compare_digest(claims.body_sha256.lower().encode(), digest):
        msg = "the body is not the one that was signed"
        raise ForgedError(msg)
    if not _is_same(claims.webhook_url, incoming.url):
        msg = f"it was signed for {claims.webhook_url[:200]!r}, not {incoming.url!r}"
        raise ForgedError(msg)
    now = incoming.received_at.timestamp()
    if claims.exp is not None and now - claims.exp > LATE_SECONDS:
        msg = f"its token ended {now - claims.exp:.0f} seconds ago"
        raise ForgedError(msg)


def _claims(header: str, secrets: Sequence[str]) -> Claims:
    scheme, _, token = header.strip().rpartition(" ")
    if not token or scheme.lower() not in {"", "bearer"}:
        msg = "it has no token"
        raise ForgedError(msg)
    for secret in secrets:
        key = _public_key(secret)
        if key is None:
            continue
        try:
            payload = _TOKENS.decode(token, key, algorithms=[ALGORITHM])
            return Claims.model_validate_json(payload)
        except PyJWTError:
            continue
        except ValidationError:
            break
    msg = "none of our keys verifies its token, or that does not say what it is of"
    raise ForgedError(msg)


@cache
def _public_key(text: str) -> RSAPublicKey | None:
    """Read a key as Gong shows it, or in PEM; what is none is said in the log."""
    text = text.replace("\\n", "\n")
    try:
        if text.startswith("-----"):
            key = load_pem_public_key(text.encode())
        else:
            key = load_der_public_key(base64.b64decode("".join(text.split())))
    except ValueError:
        key = None
    if isinstance(key, RSAPublicKey):
        return key
    logger.error("gong_public_key_unreadable", hint="GONG_WEBHOOK_PUBLIC_KEY")
    return None


def _is_same(claimed: str, url: str) -> bool:
    """Compare two addresses but for the scheme: a proxy may end TLS before us."""
    try:
        return _place(claimed) == _place(url)
    except ValueError:
        return False


def _place(url: str) -> tuple[str | None, int | None, str]:
    parts = urlsplit(url)
    port = None if parts.port in _PORTS else parts.port
    return parts.hostname, port, parts.path.rstrip("/")
