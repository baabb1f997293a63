"""Canaries: secrets that are sent every way there is, and must turn up nowhere.

Not in a line of the log, not in an answer that refuses, in no table, the audit's among
them, in no row of Snowflake, and in no file of the audit's. A token is known by its
signature: the rest of it says nothing secret.
"""

import base64
import logging
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import credentials, tokens
from accounts.models import User
from accounts.roles import Role
from audit import seal
from audit.models import Record
from memories import mediator
from tests.audit.writing import sealed
from tests.factories import PASSWORD
from tests.outages import audit_closed
from tests.warehouse.conftest import Query, _ask, query  # noqa: F401 - fixtures
from warehouse import flush, shipping, snowflake

pytestmark = pytest.mark.django_db(transaction=True)

PERSON, SERVICE = "person@example.com", "service-x@example.com"
KINDS = (
    "password",
    "access",
    "refresh",
    "secret",
    "signing_key",
    "sealing_key",
    "secret_key",
)
TABLES = {"MEMORY_RECORDS", "MEMORY_AUDIT_LOG", "MEMORY_AUDIT_HEADS"}

type Answers = Iterator[Any]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """The log as it is written where everything is logged."""
    written = StringIO()
    root = logging.getLogger()
    for handler in root.handlers:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            monkeypatch.setattr(handler, "stream", written)
    root.warning("the log is read")
    assert '"the log is read"' in written.getvalue()
    return written


@pytest.fixture
def secrets() -> Mapping[str, str]:
    """A good one of each kind, and an access token that opens the ways in."""
    person = User.objects.create_user(PERSON, PASSWORD, role=Role.CEO)
    made = credentials.create(email=SERVICE, now=timezone.now())
    pair, other = (tokens.sign_in(user=person, now=timezone.now()) for _ in range(2))
    return {
        "opens": other["access"],
        "password": PASSWORD,
        "access": pair["access"],
        "refresh": pair["refresh"],
        "secret": made.text,
        "signing_key": settings.JWT_SIGNING_KEY,
        "sealing_key": _as_given(seal.signer().private.private_bytes_raw()),
        "secret_key": settings.SECRET_KEY,
    }


def _as_given(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


@pytest.fixture
def snowflakes(query: Query) -> Query:  # noqa: F811 - the fixture
    """Ask a Snowflake that is empty."""
    for table in TABLES:
        query(f"DELETE FROM {table}")  # noqa: S608 - ours
    shipping.forget()
    return query


@pytest.fixture
def heads_file(settings: Settings, tmp_path: Path) -> Path:
    file: Path = tmp_path / "heads.ndjson"
    settings.AUDIT_HEADS_FILE = file
    return file


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def post(client: Client, path: str, body: Any, **headers: str) -> Any:
    return client.post(
        f"/api/v1/{path}", body, content_type="application/json", headers=headers
    )


def signing_in(client: Client, secret: str) -> Answers:
    for name in (PERSON, SERVICE, "nobody@example.com"):
        yield post(client, "auth/token", {"username": name, "password": secret})
        yield client.post("/admin/login/", {"username": name, "password": secret})
    yield client.post("/admin/login/?next=/admin/", {"password": secret})


def in_a_wrong_field(client: Client, secret: str) -> Answers:
    yield post(client, "auth/token", {"username": secret, "password": "x"})
    yield post(client, "auth/token", {"username": secret, "password": secret})
    yield post(client, "auth/token", {"username": PERSON, "token": secret})
    yield post(client, "auth/token", {"username": [secret], "password": {"is": secret}})


def refreshing(client: Client, secret: str) -> Answers:
    for path in ("auth/token/refresh", "auth/token/revoke"):
        yield post(client, path, {"refresh": secret})
        yield post(client, path, {"refresh": secret})
        yield post(client, path, {"refresh": [secret], "access": secret})


def in_the_header(client: Client, secret: str) -> Answers:
    for value in (
        f"Bearer {secret}",
        f"bearer {secret}",
        f"Bearer {secret} {secret}",
        f"Basic {secret}",
        f"Token {secret}",
        secret,
    ):
        headers = {"Authorization": value}
        yield client.get("/api/v1/stats", headers=headers)
        yield client.get("/metrics", headers=headers)
        yield post(client, "auth/token", {}, **headers)


def in_the_address(client: Client, secret: str, access: str) -> Answers:
    told = {"token": secret, "access_token": secret}
    for headers in ({}, {"Authorization": f"Bearer {access}"}):
        for path in ("stats", "memory/search", "memory/retrieve", "auth/token", "none"):
            yield client.get(f"/api/v1/{path}", query_params=told, headers=headers)
    for path in ("/", "/admin/", "/admin/none/", "/none", "/healthz", "/metrics"):
        yield client.get(path, query_params=told)


def in_a_body_that_is_refused(client: Client, secret: str, access: str) -> Answers:
    good = {"Authorization": f"Bearer {access}"}
    content = {"message": "x"}
    for body in (
        f'{{"type": "chat", "content": "{secret}',
        f'"{secret}"',
        [secret],
        {"type": "chat", "content": content, "token": secret},
        {"type": "chat", "content": {**content, "sentiment": secret}},
        {"type": "chat", "content": content, "occurred_at": secret},
        {"type": "chat", "content": content, "ttl_seconds": secret},
    ):
        yield post(client, "memory/store", body)
        yield post(client, "memory/store", body, **good)
        yield post(client, "memory/search", body, **good)


def beside_what_is_stored(client: Client, secret: str, access: str) -> Answers:
    body = {"type": "chat", "content": {"message": "x"}}
    headers = {"Authorization": f"Bearer {access}", "Cookie": f"a={secret}"}
    yield post(client, "memory/store", body, **headers, **{"X-Token": secret})
    yield client.get(
        "/api/v1/memory/search",
        query_params={"query": secret, "token": secret},
        headers=headers,
    )


def while_the_hub_fails(
    client: Client, secret: str, access: str, monkeypatch: pytest.MonkeyPatch
) -> Answers:
    def fail(**_: object) -> None:
        msg = "a fault of the hub's own"
        raise RuntimeError(msg)

    monkeypatch.setattr(mediator, "overview", fail)
    yield client.get(
        "/api/v1/stats",
        query_params={"token": secret},
        headers={"Authorization": f"Bearer {access}", "X-Token": secret},
    )
    monkeypatch.setattr(tokens, "sign_in", fail)
    monkeypatch.setattr(tokens, "refresh", fail)
    yield from signing_in(client, secret)
    yield from refreshing(client, secret)


def while_nothing_is_recorded(client: Client, secret: str) -> Answers:
    with audit_closed():
        yield from signing_in(client, secret)
        yield from refreshing(client, secret)


def every_row() -> Iterator[str]:
    """Return every row of every table as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT "{table}"::text FROM "{table}"')  # noqa: S608
            yield from (f"{table}: {row}" for (row,) in cursor.fetchall())


def every_row_of_snowflake(ask: Query) -> Iterator[str]:
    """Bring everything there, and return every row of every table as text."""
    sealed(now=timezone.now())
    flush.flush(sink=snowflake.merge, now=timezone.now)
    shipping.ship(now=timezone.now)
    schema = settings.SNOWFLAKE["schema"]
    tables = ask(
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES"  # noqa: S608 - ours
        f" WHERE TABLE_SCHEMA = '{schema}'"
    )
    names = {table["TABLE_NAME"] for table in tables}
    assert names >= TABLES
    for name in names:
        rows = ask(f"SELECT * FROM {name}")  # noqa: S608 - ours
        assert rows or name not in TABLES
        yield from (f"{name}: {row}" for row in rows)


def every_line_of_the_exports() -> Iterator[str]:
    """Return what the CEO takes away from the audit."""
    client = Client()
    client.force_login(User.objects.get(email=PERSON))
    for name in ("csv", "ocsf"):
        answer: Any = client.get(f"/admin/audit/record/{name}/")
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert len(lines) >= Record.objects.count() - 1
        yield from lines


def every_record() -> Iterator[str]:
    """Return what the audit shows of each access, however it keeps it."""
    for record in Record.objects.all():
        yield f"{record.actor} {record.on_behalf_of} {record.reason} {vars(record)}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_turns_up_nowhere(
    kind: str,
    secrets: Mapping[str, str],
    client: Client,
    log: StringIO,
    snowflakes: Query,
    heads_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret, access = secrets[kind], secrets["opens"]
    telling = secret.rpartition(".")[2].lower()

    answers = [
        *while_nothing_is_recorded(client, secret),
        *in_a_wrong_field(client, secret),
        *in_the_header(client, secret),
        *in_the_address(client, secret, access),
        *in_a_body_that_is_refused(client, secret, access),
        *beside_what_is_stored(client, secret, access),
        *signing_in(client, secret),
        *refreshing(client, secret),
        *while_the_hub_fails(client, secret, access, monkeypatch),
    ]

    def told(texts: Iterable[str]) -> list[str]:
        return [text for text in texts if telling in text.lower()]

    refused = [each for each in answers if each.status_code >= 400]
    assert told(log.getvalue().splitlines()) == []
    assert told(each.content.decode() for each in refused) == []
    assert told(every_row_of_snowflake(snowflakes)) == []
    assert told(every_line_of_the_exports()) == []
    assert told([heads_file.read_text()]) == []
    assert told(every_row()) == []
    assert told(every_record()) == []
    assert {each.status_code for each in refused} >= {400, 401, 404, 500, 503}
