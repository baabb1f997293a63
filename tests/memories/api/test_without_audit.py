"""What cannot be recorded does not happen: each call answers 503 and does nothing."""

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import get_resolver

from accounts.models import User
from audit.models import Record
from memories.models import Memory
from tests.conftest import Api
from tests.factories import PASSWORD, make_memory, share
from tests.memories.api.calls import CALLS, call

WITHOUT_MEMORIES = {
    "schemas",
    "schema-of-type",
    "schema-of-version",
    "token",
    "token-refresh",
    "token-revoke",
}


@pytest.fixture
def memory(ceo: User, outsider: User) -> Memory:
    memory = make_memory(title="Secret plans")
    share(memory, outsider)
    return memory


@pytest.fixture
def may_not_record(memory: Memory) -> None:
    """Take from the hub's role the right to write the audit, for this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("REVOKE INSERT ON audit_record FROM CURRENT_USER")


def rows() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in {"memories", "journal", "audit"}
        and not model._meta.proxy
        and model._meta.label != "memories.Embedding"
    }


def test_every_call_about_memories_is_tried_here() -> None:
    named = get_resolver("memories.api.urls").reverse_dict
    names = {name for name in named if isinstance(name, str)}

    assert names == {name for name, _ in CALLS} | WITHOUT_MEMORIES


@pytest.mark.parametrize(("name", "method"), CALLS)
def test_it_answers_503_and_does_nothing(
    name: str, method: str, memory: Memory, ceo: User, may_not_record: None
) -> None:
    api, before = Api(ceo), rows()

    answer = call(api, name, method, memory.pk)

    assert answer.status_code == 503, answer.content
    assert "Secret plans" not in answer.content.decode()
    assert answer["Retry-After"]
    assert rows() == before


def test_nobody_signs_in(ceo: User, may_not_record: None) -> None:
    answer = Client().post(
        "/api/v1/auth/token",
        {"username": ceo.email, "password": PASSWORD},
        content_type="application/json",
    )

    assert answer.status_code == 503


def test_the_hub_is_still_alive(may_not_record: None) -> None:
    assert Client().get("/healthz").status_code == 200
    assert not Record.objects.exists()
