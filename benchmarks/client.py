"""What the client costs beside a bare call of httpx that asks the same."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import uuid4

import anyio
import httpx

from accounts.models import User
from accounts.roles import Role
from benchmarks.measuring import clock, percentile, show
from benchmarks.programs import running
from memoryhub_client import AsyncMemoryClient, MemoryClient

TIMES, WARMING = 400, 40
LIMIT = 1.15
PASSWORD = "of the benchmark alone"  # noqa: S105 - so it is

QUERY = "renewal pricing"
OFTEN = "1000000 per minute"

Body = Mapping[str, object]


def measure() -> None:
    """Store and search by turns, bare and through the client."""
    service = User.objects.create_user(
        "client@example.com", role=Role.SERVICE, password=PASSWORD
    )
    with running(
        *("web", "indexer"), API_LIMIT_PER_ACTOR=OFTEN, API_LIMIT_PER_ADDRESS=OFTEN
    ) as port:
        url = f"http://127.0.0.1:{port}"
        anyio.run(_measure_async, url, service.email)
        _measure_blocking(url, service.email)


async def _measure_async(url: str, username: str) -> None:
    async with (
        httpx.AsyncClient(base_url=url, timeout=30) as bare,
        AsyncMemoryClient(url, username, PASSWORD, spool=None) as hub,
    ):
        headers = await _signed_in(bare, username)

        async def post(path: str, body: Body, **more: str) -> None:
            answer = await bare.post(path, json=body, headers=headers | more)
            answer.raise_for_status()

        await _compare(
            "store through the client",
            lambda: post("/api/v1/memory/store", _draft(), **_key()),
            lambda: hub.store(_draft()),
        )
        await _compare(
            "search through the client",
            lambda: post("/api/v1/memory/search", {"query": QUERY}),
            lambda: hub.search(QUERY),
        )


def _measure_blocking(url: str, username: str) -> None:
    with (
        httpx.Client(base_url=url, timeout=30) as bare,
        MemoryClient(url, username, PASSWORD, spool=None) as hub,
    ):
        signed_in = {"username": username, "password": PASSWORD}
        pair = bare.post("/api/v1/auth/token", json=signed_in).json()
        headers = {"Authorization": f"Bearer {pair['access']}"}

        def post(path: str, body: Body, **more: str) -> None:
            answer = bare.post(path, json=body, headers=headers | more)
            answer.raise_for_status()

        _compare_blocking(
            "    store, blocking",
            lambda: post("/api/v1/memory/store", _draft(), **_key()),
            lambda: hub.store(_draft()),
        )
        _compare_blocking(
            "    search, blocking",
            lambda: post("/api/v1/memory/search", {"query": QUERY}),
            lambda: hub.search(QUERY),
        )


async def _compare(
    what: str,
    bare: Callable[[], Awaitable[object]],
    through: Callable[[], Awaitable[object]],
) -> None:
    """Do both by turns, and show the medians and their ratio."""
    samples: list[tuple[float, float]] = []
    for _ in range(TIMES + WARMING):
        with clock() as one:
            await bare()
        with clock() as other:
            await through()
        samples.append((one.seconds, other.seconds))
    _show(what, samples)


def _compare_blocking(
    what: str, bare: Callable[[], object], through: Callable[[], object]
) -> None:
    samples: list[tuple[float, float]] = []
    for _ in range(TIMES + WARMING):
        with clock() as one:
            bare()
        with clock() as other:
            through()
        samples.append((one.seconds, other.seconds))
    _show(what, samples)


def _show(what: str, samples: Sequence[tuple[float, float]]) -> None:
    one, other = (
        percentile([each * 1000 for each in times], 50)
        for times in zip(*samples[WARMING:], strict=True)
    )
    show(what, f"{other:.2f} ms, {other / one:.3f}", f"{LIMIT} of {one:.2f} ms (p50)")


async def _signed_in(bare: httpx.AsyncClient, username: str) -> dict[str, str]:
    signed_in = {"username": username, "password": PASSWORD}
    pair = (await bare.post("/api/v1/auth/token", json=signed_in)).json()
    return {"Authorization": f"Bearer {pair['access']}"}


def _draft() -> dict[str, object]:
    name = uuid4().hex
    content = {"message": f"The renewal of {name}: pricing is agreed", "channel": "#x"}
    return {"type": "chat", "content": content, "source": "b", "external_id": name}


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}
