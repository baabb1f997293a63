"""Who the client is: a token that is renewed before it runs out, once for all tasks."""

import base64
import inspect
import json
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias

import anyio
import httpx

from .errors import SignInError, refusal

Secret: TypeAlias = str | Path | Callable[[], str | Awaitable[str]]
"""A password or a service's secret, the file that has it, or what fetches it."""

MARGIN_SECONDS = 30.0
"""How long before it runs out a token is renewed."""


class SignIn:
    """The tokens of one account."""

    def __init__(self, http: httpx.AsyncClient, username: str, secret: Secret) -> None:
        self.username = username
        self._http = http
        self._secret = secret
        self._access = ""
        self._refresh = ""
        self._good_until = 0.0
        self._renewing = anyio.Lock()

    async def token(self) -> str:
        """Return an access token that is good for a while.

        Raises:
            SignInError: the hub does not take the address and the secret.
            ProblemError: it refuses for another reason.
            httpx.TransportError: it does not answer.
        """
        if time.monotonic() < self._good_until:
            return self._access
        async with self._renewing:
            if time.monotonic() >= self._good_until:
                await self._renew()
            return self._access

    def refused(self, token: str) -> None:
        """Take note that the hub does not accept a token any more."""
        if token == self._access:
            self._good_until = 0.0

    async def _renew(self) -> None:
        # A refresh token works once. Where the answer is lost it has been used, and to
        # use it again would end everything that descends from this sign-in.
        refresh, self._refresh = self._refresh, ""
        if refresh:
            answer = await self._post("/api/v1/auth/token/refresh", refresh=refresh)
            if answer.status_code != HTTPStatus.UNAUTHORIZED:
                return self._take(answer)
        return await self._sign_in()

    async def _sign_in(self) -> None:
        """Sign in by the secret; one that was changed meanwhile is read once more."""
        secret = await _read(self._secret)
        try:
            self._take(await self._try(secret))
        except SignInError:
            changed = await _read(self._secret)
            if changed == secret:
                raise
            self._take(await self._try(changed))

    async def _try(self, secret: str) -> httpx.Response:
        return await self._post(
            "/api/v1/auth/token", username=self.username, password=secret
        )

    async def _post(self, path: str, **body: str) -> httpx.Response:
        return await self._http.post(path, json=body)

    def _take(self, answer: httpx.Response) -> None:
        if answer.status_code != HTTPStatus.OK:
            raise refusal(answer)
        pair = answer.json()
        self._access, self._refresh = pair["access"], pair["refresh"]
        lifetime = _lifetime(self._access)
        margin = min(MARGIN_SECONDS, lifetime / 2)
        self._good_until = time.monotonic() + lifetime - margin


async def _read(secret: Secret) -> str:
    if isinstance(secret, str):
        return secret
    if isinstance(secret, Path):
        return (await anyio.Path(secret).read_text("utf-8")).strip()
    found = secret()
    return await found if inspect.isawaitable(found) else found


def _lifetime(token: str) -> float:
    """Return for how many seconds a token was issued, whatever this machine's clock."""
    claims = token.split(".")[1]
    padded = claims + "=" * (-len(claims) % 4)
    read = json.loads(base64.urlsafe_b64decode(padded))
    return float(read["exp"] - read["iat"])
