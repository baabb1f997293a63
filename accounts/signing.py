"""How tokens are signed: by one key and one algorithm, each key known by its `kid`.

While the key is changed, the one before it is still accepted, so that nobody has to
sign in again. The JOSE header says what a token is for (`typ`, as in RFC 9068), and
whoever reads one says what it expects: one kind never passes for the other.
"""

import hmac
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.scopes import CLAIM

ALGORITHM = "HS256"

_REQUIRED = frozenset({"iat", CLAIM})
"""The claims that are ours to demand; the library looks for the others."""


class KeyRing(TokenBackend):
    """Sign by the newest key, and check by the one that a token names."""

    def __init__(self, *, typ: str) -> None:
        super().__init__(
            ALGORITHM, audience=api_settings.AUDIENCE, issuer=api_settings.ISSUER
        )
        self.typ = typ

    def encode(self, payload: dict[str, Any]) -> str:
        """Return the signed token of some claims."""
        key = settings.JWT_SIGNING_KEY
        return jwt.encode(
            {**payload, "aud": self.audience, "iss": self.issuer},
            key,
            algorithm=ALGORITHM,
            headers={"kid": key_id(key), "typ": self.typ},
        )

    def get_verifying_key(  # type: ignore[override]  # the library says Token
        self, token: str | bytes
    ) -> str:
        """Return the key that a token names.

        Raises:
            jwt.InvalidTokenError: it is of another kind, or names a key that is not
                in use.
        """
        header = jwt.get_unverified_header(token)
        key = _keys().get(header.get("kid", ""))
        if key is None or header.get("typ") != self.typ:
            raise jwt.InvalidTokenError
        return key

    def decode(  # type: ignore[override]  # the library says Token
        self,
        token: str | bytes,
        verify: bool = True,  # noqa: FBT001, FBT002 - the library's signature
    ) -> dict[str, Any]:
        """Return a token's claims: signed by a key in use, for us, by us, and in time.

        Raises:
            TokenBackendError: it is none of ours, or not any more.
        """
        claims = super().decode(token, verify)  # type: ignore[arg-type]  # as above
        if missing := _REQUIRED - claims.keys():
            msg = f"The token has no {' and no '.join(sorted(missing))}."
            raise TokenBackendError(msg)
        return claims


class SignedAccessToken(AccessToken):
    """What opens the hub."""

    _token_backend = KeyRing(typ="at+jwt")


class SignedRefreshToken(RefreshToken):
    """What is traded for a fresh pair."""

    _token_backend = KeyRing(typ="rt+jwt")


def key_id(key: str) -> str:
    """Return the name of a key, which tells nothing of it."""
    return hmac.digest(key.encode(), b"kid", "sha256").hex()[:16]


def _keys() -> dict[str, str]:
    in_use = (settings.JWT_SIGNING_KEY, settings.JWT_PREVIOUS_SIGNING_KEY)
    return {key_id(key): key for key in in_use if key}
