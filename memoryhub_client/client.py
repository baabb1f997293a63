"""The client: a hub's verbs, for programs that must go on when the hub does not."""

import copy
import hashlib
import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import UUID, uuid4

import anyio
import httpx
from anyio import to_thread
from pydantic import BaseModel
from typing_extensions import Self

from .delivery import STORE, STORE_MANY, Delivery, NoSpoolError, batches
from .drafts import check, plain
from .environment import default_spool, given, secret_of_environment
from .errors import (
    InvalidError,
    NotFoundError,
    TooManyRequestsError,
    UnavailableError,
    UnreachableError,
)
from .keeping import Kept
from .results import (
    Memory,
    Outcome,
    Outcomes,
    Read,
    RelatedMemories,
    Retrieved,
    SearchPage,
    Spooled,
    Stats,
)
from .schemas.answers import (
    AnnotationAnswer,
    BatchAnswer,
    MemoryAnswer,
    ProblemAnswer,
    ResultAnswer,
    ShareAnswer,
    StoredAnswer,
)
from .schemas.draft import Draft
from .schemas.sharing import Can
from .signing_in import Secret, SignIn
from .spool import Spool, SpoolStatus, key_of_many, key_of_one
from .transport import Ask, Nothing, Transport

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=Read)

_AWAY = (UnreachableError, UnavailableError, TooManyRequestsError)
_MEMORY = "/api/v1/memory"

SECONDS = 15.0
"""How long a call is tried in all, where nothing else is said."""


class AsyncMemoryClient:
    """A signed-in client of one hub; use it by `async with`.

        async with AsyncMemoryClient("https://hub.example.com", "crm", secret) as hub:
            await hub.store(type="chat", content={"message": "Hello"})

    One client serves all tasks of a program. Every call is repeated while that is safe
    and may help, for `seconds` in all (15 where nothing else is said); then it raises
    one of `memoryhub_client.errors`.
    """

    def __init__(
        self,
        url: str | None = None,
        username: str | None = None,
        secret: Secret | None = None,
        *,
        spool: Path | Literal["default"] | None = "default",
        cache: Path | None = None,
        seconds: float | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """Make a client; nothing is asked before its first call.

        `url`, `username` and `secret` are read from MEMORYHUB_URL, MEMORYHUB_USERNAME
        and MEMORYHUB_PASSWORD (or the file that MEMORYHUB_PASSWORD_FILE names) where
        they are not given. A `secret` may be a text, a path to a file that has it, or a
        function that fetches it: it is read again when the hub no longer takes it.

        `spool` is the file that keeps what cannot be stored while the hub is away; by
        default one for each account under ~/.local/state/memoryhub; None is without.
        `cache` is a file that keeps what is read, for reads with `allow_stale`; without
        one nothing is kept. `http` is a client of httpx to use instead of a plain one,
        for a proxy or certificates; its `base_url` is replaced.

        Raises:
            MemoryHubError: a setting is missing, or a file cannot be used.
        """
        self.url = given(url, "MEMORYHUB_URL").rstrip("/")
        self.username = given(username, "MEMORYHUB_USERNAME")
        self.seconds = SECONDS if seconds is None else seconds
        self._http = http or httpx.AsyncClient(timeout=None)  # noqa: S113 - a deadline
        self._http.base_url = httpx.URL(self.url)
        sign_in = SignIn(self._http, self.username, secret or secret_of_environment())
        self._transport = Transport(self._http, sign_in)
        path = default_spool(self.url, self.username) if spool == "default" else spool
        self._spool = (
            Spool(path, account=f"{self.username} at {self.url}") if path else None
        )
        self._delivery = Delivery(self._spool, self._transport) if self._spool else None
        self._kept = Kept(cache) if cache else None
        self._behalf: str | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the connections, and begin to deliver what waits in the spool."""
        await self._stack.enter_async_context(self._http)
        if self._delivery:
            tasks = await self._stack.enter_async_context(anyio.create_task_group())
            self._stack.callback(tasks.cancel_scope.cancel)
            tasks.start_soon(self._delivery.keep_delivering)
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close the connections; what waits in the spool is for the next client."""
        await self._stack.aclose()
        for file in (self._spool, self._kept):
            if file:
                file.close()

    def on_behalf_of(self, email: str) -> Self:
        """Return this client as it acts for a person: it reads what they may read.

        Only a service may.
        """
        other = copy.copy(self)
        other._behalf = email
        return other

    async def store(
        self,
        draft: Draft | Mapping[str, Any] | None = None,
        /,
        *,
        spool: bool = True,
        seconds: float | None = None,
        **fields: Any,
    ) -> Outcome:
        """Store one memory, given as a `Draft` or by its fields.

        The fields are `type`, `content`, and perhaps `title`, `metadata`, `tags`,
        `source`, `external_id`, `occurred_at`, `owner`, `ttl_seconds` and
        `schema_version`. The same `source` and `external_id` again updates the memory.
        It is stored once, however often it has to be sent.

        While the hub is away the memory is kept in the spool, and so is all that is
        stored after it, until it has been delivered: nothing overtakes. With
        `spool=False` that raises instead.

        Raises:
            InvalidError: it does not fit its schema; `faults` names each field.
            ProblemError: the hub refuses it.
            UnreachableError: the hub is away, and there is no spool to keep it.
            SpoolError: the spool is full.
        """
        body = check(draft if draft is not None else fields)
        if spool and self._spool and not self._spool.is_empty:
            return await self._keep([body])
        ask = Ask("POST", STORE, body=body, behalf=self._behalf, key=key_of_one())
        try:
            return await self._call(ask, StoredAnswer, seconds)
        except _AWAY as error:
            if not (spool and self._spool):
                raise
            return await self._keep([body], key=ask.key if error.perhaps_done else None)

    async def store_many(
        self,
        drafts: Iterable[Draft | Mapping[str, Any]],
        *,
        key: str | None = None,
        spool: bool = True,
        seconds: float | None = None,
    ) -> Outcomes:
        """Store any number of memories, in order; one result for each.

        One that is refused is a `ProblemAnswer` in its place and harms no other. While
        the hub is away the rest is kept in the spool, as by `store`. With a `key` the
        same drafts are stored once within a day, whichever process stores them.

        Raises:
            ProblemError, UnreachableError, SpoolError: as `store`.
        """
        outcomes: dict[int, StoredAnswer | Spooled | ProblemAnswer] = {}
        good: dict[int, dict[str, Any]] = {}
        for place, draft in enumerate(drafts):
            try:
                good[place] = check(draft)
            except InvalidError as error:
                outcomes[place] = error.problem
        for number, batch in enumerate(batches(good)):
            stored = await self._store_batch(
                [good[place] for place in batch],
                key=f"{key}-{number}" if key else key_of_many(),
                spool=spool,
                seconds=seconds,
            )
            outcomes.update(zip(batch, stored, strict=True))
        return [outcomes[place] for place in sorted(outcomes)]

    async def retrieve(
        self,
        id: UUID | str | None = None,
        /,
        *,
        source: str | None = None,
        external_id: str | None = None,
        allow_stale: bool = False,
        seconds: float | None = None,
    ) -> Memory:
        """Return one memory, by its id or by what its source calls it.

        Raises:
            NotFoundError: there is none, or you may not see it.
        """
        if id is not None:
            ask = self._reading(f"{_MEMORY}/{id}")
            return await self._read(ask, Memory, seconds, allow_stale=allow_stale)
        parameters = {"source": source, "external_id": external_id}
        ask = self._reading(f"{_MEMORY}/retrieve", parameters)
        found = await self._read(ask, Retrieved, seconds, allow_stale=allow_stale)
        whence = {"stale": found.stale, "as_of": found.as_of}
        return Memory.model_validate({**found.memories[0].model_dump(), **whence})

    async def retrieve_many(
        self,
        ids: Sequence[UUID | str],
        /,
        *,
        allow_stale: bool = False,
        seconds: float | None = None,
    ) -> Retrieved:
        """Return up to 100 memories by their ids, and which are missing."""
        ask = self._reading(f"{_MEMORY}/retrieve", {"id": [str(each) for each in ids]})
        return await self._read(ask, Retrieved, seconds, allow_stale=allow_stale)

    async def search(
        self,
        query: str = "",
        /,
        *,
        allow_stale: bool = False,
        seconds: float | None = None,
        **filters: Any,
    ) -> SearchPage:
        """Return one page of what a query finds, the best first.

        A query is what people type: words, "a phrase", -not, prefi*, and filters such
        as type:decision customer:"Acme Corp" after:2026-01-01. `filters` are the fields
        of the API's search: `types`, `sources`, `tags`, `owner`, `customer`, `from_`,
        `to`, `sort`, `mode`, `limit`, `cursor`, `facets`, `explain`.

        Raises:
            InvalidError: a filter is wrong, or the cursor belongs to another search.
        """
        body = {name.rstrip("_"): value for name, value in filters.items()}
        ask = Ask(
            "POST",
            f"{_MEMORY}/search",
            body=plain({"query": query, **body}),
            behalf=self._behalf,
        )
        return await self._read(ask, SearchPage, seconds, allow_stale=allow_stale)

    async def search_all(
        self, query: str = "", /, *, seconds: float | None = None, **filters: Any
    ) -> AsyncGenerator[ResultAnswer]:
        """Go through all that a query finds, page by page; each memory comes once."""
        cursor = filters.pop("cursor", None)
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = await self.search(query, seconds=seconds, **filters, **more)
            for result in page.results:
                yield result
            cursor = page.next_cursor
            if cursor is None:
                return

    async def amend(
        self,
        id: UUID | str,
        /,
        *,
        version: int,
        seconds: float | None = None,
        **changes: Any,
    ) -> Memory:
        """Change what is named of a memory that you have read at a version.

        `changes` may be `content` (the whole of it), `title`, `metadata`, `tags`,
        `occurred_at`, `owner`, `ttl_seconds`.

        Raises:
            ConflictError: somebody changed it first: read it again.
            InvalidError, NotFoundError, ForbiddenError: as they say.
        """
        ask = Ask(
            "PATCH",
            f"{_MEMORY}/{id}",
            body=plain(changes),
            behalf=self._behalf,
            key=str(uuid4()),
            version=version,
        )
        memory = await self._call(ask, Memory, seconds)
        self._remember(self._reading(f"{_MEMORY}/{id}"), memory)
        return memory

    async def delete(
        self,
        id: UUID | str,
        /,
        *,
        seconds: float | None = None,
    ) -> None:
        """Delete a memory, here and wherever the hub has brought it.

        Raises:
            NotFoundError, ForbiddenError: as they say.
            ConflictError: a legal hold keeps it.
        """
        ask = Ask("DELETE", f"{_MEMORY}/{id}", behalf=self._behalf)
        await self._call(ask, Nothing, seconds)
        if self._kept:
            self._kept.drop(self._name(self._reading(f"{_MEMORY}/{id}")))

    async def annotate(
        self,
        id: UUID | str,
        body: str,
        *,
        kind: Literal["note", "confirm", "dispute", "correction"] = "note",
        seconds: float | None = None,
    ) -> AnnotationAnswer:
        """Remark something on a memory; the memory stays as it is.

        Raises:
            NotFoundError, ForbiddenError: as they say.
        """
        ask = Ask(
            "POST",
            f"{_MEMORY}/{id}/annotations",
            body={"body": body, "kind": kind},
            behalf=self._behalf,
            key=str(uuid4()),
        )
        return await self._call(ask, AnnotationAnswer, seconds)

    async def share(
        self,
        id: UUID | str,
        /,
        *,
        user: str | None = None,
        group: str | None = None,
        can: Can = "view",
        seconds: float | None = None,
    ) -> ShareAnswer:
        """Share a memory with a person, by address, or a group, by name.

        Raises:
            NotFoundError, ForbiddenError, InvalidError: as they say.
        """
        whom = {"user": user, "group": group}
        named = {name: value for name, value in whom.items() if value is not None}
        ask = Ask(
            "POST",
            f"{_MEMORY}/{id}/shares",
            body={**named, "can": can},
            behalf=self._behalf,
        )
        return await self._call(ask, ShareAnswer, seconds)

    async def related(
        self,
        id: UUID | str,
        /,
        *,
        limit: int = 10,
        allow_stale: bool = False,
        seconds: float | None = None,
    ) -> RelatedMemories:
        """Return what is like a memory, the most alike first.

        Raises:
            NotFoundError: there is none, or you may not see it.
        """
        ask = self._reading(f"{_MEMORY}/{id}/related", {"limit": limit})
        return await self._read(ask, RelatedMemories, seconds, allow_stale=allow_stale)

    async def stats(
        self, *, allow_stale: bool = False, seconds: float | None = None
    ) -> Stats:
        """Count what you may see."""
        ask = self._reading("/api/v1/stats")
        return await self._read(ask, Stats, seconds, allow_stale=allow_stale)

    async def flush(self) -> bool:
        """Deliver what is spooled; False where another process is at it.

        Raises:
            MemoryHubError: the hub does not take it at the moment; it stays.
        """
        if self._delivery is None:
            raise NoSpoolError
        return await self._delivery.deliver()

    async def spooled(self) -> SpoolStatus:
        """Say how much waits in the spool, and how much the hub refused of it."""
        if self._spool is None:
            raise NoSpoolError
        return self._spool.status

    async def try_again(self) -> int:
        """Put what the hub refused of the spool behind what waits; returns how much."""
        if self._spool is None or self._delivery is None:
            raise NoSpoolError
        count = await to_thread.run_sync(self._spool.try_again)
        self._delivery.wake()
        return count

    async def _store_batch(
        self,
        batch: list[dict[str, Any]],
        *,
        key: str,
        spool: bool,
        seconds: float | None,
    ) -> Outcomes:
        if spool and self._spool and not self._spool.is_empty:
            return [await self._keep(batch)] * len(batch)
        body = {"memories": batch}
        ask = Ask("POST", STORE_MANY, body=body, behalf=self._behalf, key=key)
        try:
            answer = await self._call(ask, BatchAnswer, seconds)
        except _AWAY as error:
            if not (spool and self._spool):
                raise
            kept = await self._keep(batch, key=key if error.perhaps_done else None)
            return [kept] * len(batch)
        return list(answer.results)

    async def _keep(
        self, drafts: list[dict[str, Any]], *, key: str | None = None
    ) -> Spooled:
        """Spool drafts; `key` is that of a request which the hub may have done."""
        if self._spool is None or self._delivery is None:
            raise NoSpoolError
        put = partial(self._spool.put, drafts, behalf=self._behalf, key=key)
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(put)
        self._delivery.wake()
        return Spooled()

    def _reading(self, path: str, parameters: Mapping[str, Any] | None = None) -> Ask:
        return Ask("GET", path, parameters=parameters or {}, behalf=self._behalf)

    async def _call(self, ask: Ask, kind: type[M], seconds: float | None) -> M:
        return await self._transport.call(
            ask, kind, seconds=self.seconds if seconds is None else seconds
        )

    async def _read(
        self, ask: Ask, kind: type[R], seconds: float | None, *, allow_stale: bool
    ) -> R:
        """Ask the hub or, where it is away and the caller allows it, what is kept."""
        if self._kept is None:
            return await self._call(ask, kind, seconds)
        try:
            read = await self._call(ask, kind, seconds)
        except NotFoundError:
            self._kept.drop(self._name(ask))
            raise
        except _AWAY:
            found = self._kept.find(self._name(ask)) if allow_stale else None
            if found is None:
                raise
            body, at = found
            as_of = datetime.fromtimestamp(at, timezone.utc)
            kept = kind.model_validate_json(body)
            return kept.model_copy(update={"stale": True, "as_of": as_of})
        self._remember(ask, read)
        return read

    def _remember(self, ask: Ask, read: BaseModel) -> None:
        """Keep an answer under its request, and each memory in it under its own."""
        if self._kept is None:
            return
        self._kept.keep(self._name(ask), read.model_dump_json())
        for memory in _memories_in(read):
            own = self._reading(f"{_MEMORY}/{memory.id}")
            self._kept.keep(self._name(own), memory.model_dump_json())

    def _name(self, ask: Ask) -> str:
        asked = [
            *(self.url, self.username, ask.behalf, ask.method, ask.path),
            *(ask.parameters, ask.body),
        ]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _memories_in(read: BaseModel) -> Iterator[MemoryAnswer]:
    if isinstance(read, SearchPage):
        yield from (each.memory for each in read.results)
    elif isinstance(read, RelatedMemories):
        yield from (each.memory for each in read.related)
    elif isinstance(read, Retrieved):
        yield from read.memories
