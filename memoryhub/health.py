"""Whether the hub lives, and what it leans on: each dependency, its state and lag."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django_redis import get_redis_connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from connectors import watching
from memories import sealing
from memories.search import indexer, vectorizer, vectors
from memories.search.embedding import embedder
from memoryhub.celery import app
from warehouse import flush, shipping, snowflake

LAG_LIMIT_SECONDS = 60.0
"""How old what waits for a reader, a seal, a head or the warehouse may be."""
QUICKLY = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}


@dataclass(frozen=True, slots=True)
class State:
    """How one dependency is; without a vital one the hub cannot answer."""

    name: str
    state: str
    lag_seconds: float | None = None
    detail: str = ""
    vital: bool = False

    @property
    def is_well(self) -> bool:
        """Whether nobody needs to look at it."""
        return self.state in {"ok", "off"}


def alive(request: HttpRequest) -> JsonResponse:
    """Say that this process answers."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Say how each dependency is; 503 when requests cannot be answered."""
    found = list(states())
    down = any(one.vital and not one.is_well for one in found)
    degraded = not all(one.is_well for one in found)
    return JsonResponse(
        {
            "status": "down" if down else "degraded" if degraded else "ok",
            "dependencies": {
                one.name: {
                    name: value
                    for name, value in asdict(one).items()
                    if name not in {"name", "vital"} and value not in {None, ""}
                }
                for one in found
            },
        },
        status=HTTPStatus.SERVICE_UNAVAILABLE if down else HTTPStatus.OK,
    )


def states() -> Iterator[State]:
    """Look at every dependency."""
    database = _postgresql()
    yield database
    yield _redis()
    yield _broker()
    if database.is_well:
        yield _following("search_index", lambda: indexer.lag(now=timezone.now()))
        yield _embeddings()
        yield _following("audit_seal", lambda: sealing.lag(now=timezone.now()))
        yield _following("audit_heads", lambda: sealing.heads_lag(now=timezone.now()))
        yield _following("deliveries", lambda: watching.lag(now=timezone.now()))
        yield _shipped("audit_log", lambda: shipping.lag(now=timezone.now()))
        yield _shipped("snowflake", lambda: flush.lag(now=timezone.now()))


def _embeddings() -> State:
    if embedder() is None:
        return State("embeddings", "off", detail="EMBEDDINGS is none")
    if not vectors.available():
        return State("embeddings", "off", detail="PostgreSQL lacks pgvector")
    return _following("embeddings", lambda: vectorizer.lag(now=timezone.now()))


def _postgresql() -> State:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return State("postgresql", "down", detail=str(error).strip(), vital=True)
    return State("postgresql", "ok", vital=True)


def _redis() -> State:
    try:
        get_redis_connection().ping()
    except RedisError as error:
        detail = f"answers come from PostgreSQL alone: {error}"
        return State("redis", "down", detail=detail)
    return State("redis", "ok")


def _broker() -> State:
    try:
        with app.connection_for_write(transport_options=QUICKLY) as connection:
            # A channel begins with a PING.
            connection.default_channel  # noqa: B018 - asking for it opens it
    except OperationalError as error:
        return State("broker", "down", detail=f"beat and tasks do not run: {error}")
    return State("broker", "ok")


def _shipped(name: str, lag: Callable[[], float]) -> State:
    if not snowflake.is_configured():
        return State(name, "off", detail="SNOWFLAKE_ACCOUNT is not set")
    return _following(name, lag)


def _following(name: str, lag: Callable[[], float | None]) -> State:
    seconds = lag()
    if seconds is None:
        return State(name, "building", detail="PostgreSQL answers meanwhile")
    state = "ok" if seconds < LAG_LIMIT_SECONDS else "behind"
    return State(name, state, lag_seconds=round(seconds, 3))
