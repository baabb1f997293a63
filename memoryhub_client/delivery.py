"""Bringing what was spooled to the hub, in order, each once."""

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import anyio
from anyio import to_thread
from filelock import FileLock, Timeout

from .errors import MemoryHubError, ProblemError, SpoolError
from .schemas.answers import BatchAnswer, ProblemAnswer, StoredAnswer
from .spool import PARCEL_BYTES, PARCEL_DRAFTS, Parcel, Spool
from .transport import Ask, Transport

logger = logging.getLogger(__name__)

STORE, STORE_MANY = "/api/v1/memory/store", "/api/v1/memory/store/batch"
CALL_SECONDS = 60.0
"""How long one parcel is tried."""
LOOK_SECONDS = 5.0
"""How often the spool is looked at while nothing was put into it."""

_OF_THE_DRAFT = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""The refusals that no waiting mends."""


class Delivery:
    """Of all processes that share a spool one delivers; the others leave it to it."""

    def __init__(self, spool: Spool, transport: Transport) -> None:
        self._spool = spool
        self._transport = transport
        self._lock = FileLock(f"{spool.path}.lock", timeout=0, thread_local=False)
        self._put = anyio.Event()

    def wake(self) -> None:
        """Say that something was put into the spool."""
        self._put.set()

    async def keep_delivering(self) -> None:
        """Deliver whenever there is something, until cancelled."""
        while True:
            try:
                await self.deliver()
            except (MemoryHubError, OSError, sqlite3.Error) as error:
                logger.warning("The spool waits: %s", error)
            with anyio.move_on_after(LOOK_SECONDS):
                await self._put.wait()
            self._put = anyio.Event()

    async def deliver(self) -> bool:
        """Deliver all that waits; False where another process is at it.

        Raises:
            MemoryHubError: the hub does not take it at the moment; it stays.
        """
        if self._spool.is_empty:
            return True
        try:
            self._lock.acquire()
        except Timeout:
            return False
        try:
            while parcel := await to_thread.run_sync(self._spool.next_parcel):
                await self._send(parcel)
        finally:
            self._lock.release()
        return True

    async def _send(self, parcel: Parcel) -> None:
        try:
            refusals = await self._refusals(parcel)
        except ProblemError as refusal:
            if refusal.status not in _OF_THE_DRAFT or not refusal.is_of_hub:
                raise
            if not parcel.is_single:
                await to_thread.run_sync(self._spool.split, parcel)
                return
            refusals = dict.fromkeys(parcel.drafts, refusal.problem)
        for problem in refusals.values():
            logger.error("A spooled memory is set aside: %s", problem.detail)
        await to_thread.run_sync(self._spool.settle, parcel, refusals)

    async def _refusals(self, parcel: Parcel) -> Mapping[int, ProblemAnswer]:
        drafts = list(parcel.drafts.values())
        if parcel.is_single:
            ask = Ask(
                "POST", STORE, body=drafts[0], behalf=parcel.behalf, key=parcel.key
            )
            await self._transport.call(ask, StoredAnswer, seconds=CALL_SECONDS)
            return {}
        body = {"memories": drafts}
        ask = Ask("POST", STORE_MANY, body=body, behalf=parcel.behalf, key=parcel.key)
        answer = await self._transport.call(ask, BatchAnswer, seconds=CALL_SECONDS)
        return {
            seq: result
            for seq, result in zip(parcel.drafts, answer.results, strict=True)
            if isinstance(result, ProblemAnswer)
        }


def batches(drafts: Mapping[int, dict[str, Any]]) -> Iterator[list[int]]:
    """Go through the places of drafts, as many at a time as one request takes."""
    batch: list[int] = []
    size = 0
    for place, draft in drafts.items():
        length = len(json.dumps(draft))
        if batch and (len(batch) == PARCEL_DRAFTS or size + length > PARCEL_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(place)
        size += length
    if batch:
        yield batch


class NoSpoolError(SpoolError):
    """This client was made without a spool."""

    def __init__(self) -> None:
        super().__init__("This client has no spool: give it one by spool=...")
