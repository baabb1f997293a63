"""What every test shares: a small cast of people, and clients that speak for them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone
from django_redis import get_redis_connection
from pytest_django import DjangoDbBlocker, Settings

from accounts import tokens
from accounts.actor import Actor, Channel
from accounts.models import User
from accounts.roles import Role
from audit import subjects
from memories.search import indexer, lexical
from memories.search.index import Index
from memoryhub.breaker import BreakerConnection
from memoryhub.embedded import valkey
from tests import emptying
from tests.factories import make_user


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let the tables be emptied between tests, and in our own way."""
    with django_db_blocker.unblock():
        allow_truncate()
        emptying.remember_as_migrated()
    TransactionTestCase._fixture_teardown = lambda _: emptying.empty()  # type: ignore[attr-defined]  # known to Django alone


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def allow_truncate() -> None:
    """Turn off the triggers by which the audit's tables refuse to be emptied."""
    with connection.cursor() as cursor:
        for table in ("audit_record", "audit_block", "audit_subject"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_truncate")


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()
    subjects.keyring.clear()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """Spare the tests the second that hashing a password well takes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def own_redis(settings: Settings, tmp_path: Path) -> Iterator[valkey.Valkey]:
    """The cache on a Redis of the test's own, which it may stop."""
    redis = valkey.start(tmp_path / "redis", valkey.CACHE, password="secret")
    default = settings.CACHES["default"]
    settings.CACHES = {"default": default | {"LOCATION": redis.url}}
    BreakerConnection.open_until = 0.0
    yield redis
    get_redis_connection().connection_pool.disconnect()
    redis.process.stop()
    BreakerConnection.open_until = 0.0


@pytest.fixture
def index(settings: Settings, tmp_path: Path) -> Iterator[Index]:
    """An empty search index of the test's own."""
    settings.SEARCH_INDEX_DIR = tmp_path / "index"
    lexical.shelf.cache_clear()
    lexical.tail_of_journal.cache_clear()
    yield indexer.rebuild()
    lexical.shelf.cache_clear()
    lexical.tail_of_journal.cache_clear()


@pytest.fixture
def ceo(db: None) -> User:
    return make_user(email="ceo@example.com", role=Role.CEO)


@pytest.fixture
def manager(db: None) -> User:
    return make_user(email="manager@example.com", role=Role.MANAGER)


@pytest.fixture
def user(db: None) -> User:
    return make_user(email="user@example.com")


@pytest.fixture
def outsider(db: None) -> User:
    return make_user(email="outsider@example.com")


@pytest.fixture
def service(db: None) -> User:
    return make_user(email="service@example.com", role=Role.SERVICE)


def acting(user: User) -> Actor:
    """Return somebody as an actor over the API."""
    return Actor(user=user, channel=Channel.API)


def on_record_before(*people: User) -> None:
    """Let the audit have their keys at hand, as it has of whoever was there before.

    In a test of one transaction it would ask for them each time, as nothing commits.
    """
    made = subjects.holders([person.email for person in people])
    subjects.keyring.keep(
        {subjects.digest_of(address): holder for address, holder in made.items()}
    )


class Api:
    """A client of the API that speaks for somebody."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if user:
            pair = tokens.sign_in(user=user, now=timezone.now())
            self.headers["Authorization"] = f"Bearer {pair['access']}"

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        return self.client.get(
            f"/api/v1/{path}", query_params=query, headers=self.headers | headers
        )

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self._send(self.client.post, path, body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._send(self.client.patch, path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.client.delete(f"/api/v1/{path}", headers=self.headers | headers)

    def _send(self, method: Any, path: str, body: Any, headers: dict[str, str]) -> Any:
        return method(
            f"/api/v1/{path}",
            body,
            content_type="application/json",
            headers=self.headers | headers,
        )


@pytest.fixture
def api(db: None) -> Callable[[User | None], Api]:
    """Make an API client for somebody: `api(user).get("stats")`."""
    return Api
