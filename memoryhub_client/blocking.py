"""The same client for programs without an event loop."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, aclosing
from functools import partial, wraps
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, cast

from anyio.from_thread import BlockingPortal, start_blocking_portal
from typing_extensions import Self

from .client import AsyncMemoryClient
from .schemas.answers import ResultAnswer
from .signing_in import Secret

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(
    method: Callable[Concatenate[AsyncMemoryClient, P], Awaitable[T]],
) -> Callable[Concatenate["MemoryClient", P], T]:
    @wraps(method)
    def call(self: "MemoryClient", *args: P.args, **kwargs: P.kwargs) -> T:
        return self._portal.call(partial(method, self._client, *args, **kwargs))

    return cast('Callable[Concatenate["MemoryClient", P], T]', call)


class MemoryClient:
    """A signed-in client of one hub; use it by `with`.

        with MemoryClient("https://hub.example.com", "crm", secret) as hub:
            hub.store(type="chat", content={"message": "Hello"})

    It is `AsyncMemoryClient` with the same methods, which wait; threads may share one.
    """

    _portal: BlockingPortal

    def __init__(
        self,
        url: str | None = None,
        username: str | None = None,
        secret: Secret | None = None,
        *,
        spool: Path | Literal["default"] | None = "default",
        cache: Path | None = None,
        seconds: float | None = None,
    ) -> None:
        """Make a client; the arguments are those of `AsyncMemoryClient`."""
        self._client = AsyncMemoryClient(
            url, username, secret, spool=spool, cache=cache, seconds=seconds
        )
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the connections, and begin to deliver what waits in the spool."""
        self._portal = self._stack.enter_context(start_blocking_portal())
        self._stack.enter_context(self._portal.wrap_async_context_manager(self._client))
        return self

    def __exit__(self, *error: object) -> None:
        """Close the connections; what waits in the spool is for the next client."""
        self._stack.close()

    def on_behalf_of(self, email: str) -> Self:
        """Return this client as it acts for a person: it reads what they may read.

        Only a service may.
        """
        other = type(self).__new__(type(self))
        other.__dict__ = {
            **self.__dict__,
            "_client": self._client.on_behalf_of(email),
        }
        return other

    store = _blocking(AsyncMemoryClient.store)
    store_many = _blocking(AsyncMemoryClient.store_many)
    retrieve = _blocking(AsyncMemoryClient.retrieve)
    retrieve_many = _blocking(AsyncMemoryClient.retrieve_many)
    search = _blocking(AsyncMemoryClient.search)
    amend = _blocking(AsyncMemoryClient.amend)
    delete = _blocking(AsyncMemoryClient.delete)
    annotate = _blocking(AsyncMemoryClient.annotate)
    share = _blocking(AsyncMemoryClient.share)
    related = _blocking(AsyncMemoryClient.related)
    stats = _blocking(AsyncMemoryClient.stats)
    flush = _blocking(AsyncMemoryClient.flush)
    spooled = _blocking(AsyncMemoryClient.spooled)
    try_again = _blocking(AsyncMemoryClient.try_again)

    def search_all(self, query: str = "", /, **filters: Any) -> Iterator[ResultAnswer]:
        """Go through all that a query finds, page by page; each memory comes once."""
        found = self._client.search_all(query, **filters)
        with self._portal.wrap_async_context_manager(aclosing(found)):
            while result := self._portal.call(partial(anext, found, None)):
                yield result
