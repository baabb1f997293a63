"""A tool's API is asked again while it is busy, down or cut off, within reason."""

import random
import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import structlog
from django.utils import timezone

logger = structlog.get_logger(__name__)

RETRIES = 6
LONGEST_SECONDS = 600
"""How long is waited at most until asking again: who waits keeps a worker."""
JITTER = 1.25
"""By how much a wait is longer at most, so that not all ask again at once."""
DAY = timedelta(days=1)
"""The longest window that a vendor's limits have."""


class BusyError(Exception):
    """A tool wants to be left alone for longer than anybody waits here."""

    def __init__(self, seconds: float) -> None:
        until = timezone.now() + timedelta(seconds=min(seconds, DAY.total_seconds()))
        when = f"{until:%Y-%m-%d %H:%M:%S} UTC"
        super().__init__(f"the API is to be left alone until {when}")


def ask(
    send: Callable[[], httpx.Response],
    *,
    rest: Callable[[httpx.Response], float | None],
) -> httpx.Response:
    """Send a request until there is an answer to it, be it a refusal; return that.

    `rest` reads in an answer for how many seconds the tool wants to be left alone; None
    is that it does not. Each wait is twice the one before, or as long as the tool says
    where that is longer. After RETRIES of them any answer is the answer.

    Raises:
        BusyError: the tool says more than LONGEST_SECONDS.
        httpx.TransportError: nobody answers, however often it is asked.
    """
    for tried in range(RETRIES):
        seconds = 2**tried * random.uniform(1, JITTER)  # noqa: S311 - not a secret
        try:
            answer = send()
        except httpx.TransportError as error:
            why = type(error).__name__
        else:
            said = rest(answer)
            if said is None and not answer.is_server_error:
                return answer
            seconds = max(seconds, said or retry_after(answer) or 0)
            why = str(answer.status_code)
        if seconds > LONGEST_SECONDS:
            raise BusyError(seconds)
        logger.info("api_asked_again", why=why, seconds=round(seconds, 1))
        time.sleep(seconds)
    return send()


def retry_after(answer: httpx.Response) -> float | None:
    """Return what an answer has in Retry-After, where that is a number of seconds."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else None
