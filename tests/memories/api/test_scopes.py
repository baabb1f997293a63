"""Tokens that were given for less than their holder may do."""

from collections.abc import Callable

import pytest

from accounts.models import User
from audit.models import Record
from memories.models import Memory
from tests.conftest import Api
from tests.factories import CONTENTS, PASSWORD, make_memory

DRAFT = {"type": "insight", "content": CONTENTS["insight"]}


@pytest.fixture
def holder(api: Callable[[User | None], Api], signed_up: User) -> Callable[[str], Api]:
    """Make a client with a token of some scopes."""

    def sign_in(scope: str) -> Api:
        client = api(None)
        asked = {"username": signed_up.email, "password": PASSWORD, "scope": scope}
        access = client.post("auth/token", asked).json()["access"]
        client.headers["Authorization"] = f"Bearer {access}"
        return client

    return sign_in


def test_a_token_to_read_reads_and_does_not_write(
    holder: Callable[[str], Api], signed_up: User
) -> None:
    memory, reader = make_memory(owner=signed_up), holder("memory:read")

    for path in ("retrieve?id=" + str(memory.pk), "search", f"{memory.pk}/related"):
        assert reader.get(f"memory/{path}").status_code == 200
    refused = reader.post("memory/store", DRAFT)
    also = reader.delete(f"memory/{memory.pk}")

    assert refused.status_code == also.status_code == 403
    assert "memory:write" in refused.json()["detail"]
    assert refused["WWW-Authenticate"] == (
        'Bearer realm="api", error="insufficient_scope", scope="memory:write"'
    )
    assert Memory.objects.count() == 1


def test_a_token_to_write_writes_and_does_not_read(
    holder: Callable[[str], Api],
) -> None:
    writer = holder("memory:write")

    stored = writer.post("memory/store", DRAFT)
    refused = writer.get(f"memory/{stored.json()['id']}")

    assert stored.status_code == 201
    assert refused.status_code == 403
    assert "memory:read" in refused.json()["detail"]


def test_what_a_token_is_not_for_is_on_record(holder: Callable[[str], Api]) -> None:
    holder("memory:read").post("memory/store", DRAFT)

    record = Record.objects.order_by("seq").last()
    assert record is not None
    assert (record.action, record.reason) == ("store", "insufficient_scope")


def test_an_unknown_scope_is_refused(
    api: Callable[[User | None], Api], signed_up: User
) -> None:
    asked = {"username": signed_up.email, "password": PASSWORD, "scope": "admin"}

    answer = api(None).post("auth/token", asked)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/scope"
