"""One request to the hub, repeated while that may help and time is left."""

import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import anyio
import httpx
import stamina
from circuitbreaker import CircuitBreaker
from pydantic import BaseModel, ValidationError

from .errors import (
    MemoryHubError,
    NotFoundError,
    ProblemError,
    UnavailableError,
    UnreachableError,
    UnreadableError,
    refusal,
)
from .signing_in import SignIn

M = TypeVar("M", bound=BaseModel)

ATTEMPT_SECONDS = 10.0
"""How long one attempt may take, of all that a call may."""
LONGEST_WAIT = 5.0
JITTER = 1.25
"""By how much longer than the hub asks for a wait is at most, so that not all come
back at once."""
FAILURES_TO_OPEN = 5
OPEN_SECONDS = 5

_LATER = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_DOWN = (UnreachableError, UnavailableError)


@dataclass(frozen=True)
class Ask:
    """A request that does no harm when it arrives twice.

    It reads, or replaces, or deletes; or it has a `key`, by which the hub knows it.
    """

    method: str
    path: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    behalf: str | None = None
    key: str | None = None
    version: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What the request says beside its body."""
        headers = {"Content-Type": "application/json"} if self.body is not None else {}
        if self.behalf is not None:
            headers["X-On-Behalf-Of"] = self.behalf
        if self.key is not None:
            headers["Idempotency-Key"] = self.key
        if self.version is not None:
            headers["If-Match"] = f'"{self.version}"'
        return headers


class Nothing(BaseModel):
    """The answer to what has none."""


class Transport:
    """The way to one hub, for one account: its connections, its token, its breaker."""

    def __init__(self, http: httpx.AsyncClient, sign_in: SignIn) -> None:
        self._http = http
        self._sign_in = sign_in
        self._breaker = CircuitBreaker(
            failure_threshold=FAILURES_TO_OPEN,
            recovery_timeout=OPEN_SECONDS,
            expected_exception=_DOWN,
        )

    async def call(self, ask: Ask, kind: type[M], *, seconds: float) -> M:
        """Return the hub's answer to a request, within so many seconds.

        Raises:
            UnreachableError: there is none, or none that is whole.
            ProblemError: the hub refuses, or cannot do it for all that time.
            UnreadableError: this client does not understand the answer.
        """
        until = time.monotonic() + seconds
        perhaps_done = False
        trouble: MemoryHubError

        def worth_waiting(error: Exception) -> bool | float:
            if not _may_pass(error, ask):
                return False
            wait = getattr(error, "retry_after", None)
            if wait is None:
                return True
            wait *= random.uniform(1, JITTER)  # noqa: S311 - no secret
            return wait if time.monotonic() + wait < until else False

        with anyio.move_on_after(seconds):
            async for attempt in stamina.retry_context(
                on=worth_waiting, attempts=None, timeout=None, wait_max=LONGEST_WAIT
            ):
                trouble = _late(self._http.base_url)
                with attempt:
                    try:
                        return await self._attempt(ask, kind)
                    except MemoryHubError as error:
                        trouble = error
                        if _is_gone(error, ask) and perhaps_done:
                            return kind()
                        error.perhaps_done = perhaps_done = (
                            perhaps_done or error.perhaps_done
                        )
                        raise
        raise trouble

    async def _attempt(self, ask: Ask, kind: type[M]) -> M:
        if self._breaker.opened:
            raise _resting(self._http.base_url, self._breaker.open_remaining)
        with self._breaker, _as_unreachable(self._http.base_url):
            with anyio.fail_after(ATTEMPT_SECONDS):
                token = await self._sign_in.token()
                answer = await self._send(ask, token)
                if answer.status_code == HTTPStatus.UNAUTHORIZED:
                    self._sign_in.refused(token)
                    answer = await self._send(ask, await self._sign_in.token())
            if answer.is_error:
                raise refusal(answer)
            return _read(answer, kind)

    async def _send(self, ask: Ask, token: str) -> httpx.Response:
        return await self._http.request(
            ask.method,
            ask.path,
            params=ask.parameters or None,
            content=None if ask.body is None else json.dumps(ask.body),
            headers={**ask.headers, "Authorization": f"Bearer {token}"},
        )


def _may_pass(error: Exception, ask: Ask) -> bool:
    """Say whether what went wrong may be right in a moment."""
    if not isinstance(error, ProblemError):
        return isinstance(error, UnreachableError)
    # The first request with this key is still at work, and its answer will be ours.
    at_work = error.status == HTTPStatus.CONFLICT and ask.key is not None
    return at_work or isinstance(error, UnavailableError) or error.status in _LATER


def _is_gone(error: MemoryHubError, ask: Ask) -> bool:
    return isinstance(error, NotFoundError) and ask.method == "DELETE"


@contextmanager
def _as_unreachable(url: httpx.URL) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise _late(url) from None
    except httpx.TransportError as error:
        msg = f"{url} cannot be reached: {error or type(error).__name__}"
        done = not isinstance(error, _NOT_SENT)
        raise UnreachableError(msg, perhaps_done=done) from error


def _late(url: httpx.URL) -> UnreachableError:
    return UnreachableError(f"{url} did not answer in time.", perhaps_done=True)


def _resting(url: httpx.URL, seconds: float) -> UnreachableError:
    msg = f"{url} did not answer a moment ago; it is asked again in {seconds:.0f} s."
    error = UnreachableError(msg, perhaps_done=False)
    error.retry_after = seconds
    return error


def _read(answer: httpx.Response, kind: type[M]) -> M:
    try:
        return kind.model_validate_json(answer.content or b"{}")
    except ValidationError as error:
        host = answer.request.url.host
        if any(each["type"] == "json_invalid" for each in error.errors()):
            msg = f"{host} answered half of what it had to say."
            raise UnreachableError(msg, perhaps_done=True) from None
        msg = f"{host} answered what this client does not know; update it. {error}"
        raise UnreadableError(msg) from error
