"""memories.checks: a type of memory that is not complete stops the start."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.core.checks import run_checks

from memories import checks
from memories.models import PROXIES, ChatMemory
from memories.schemas.registry import Registry, registry
from tests.memories.schemas.notes import NoteV1


def faults() -> list[str]:
    return [
        str(message.msg) for message in run_checks() if message.id == "memories.E001"
    ]


def test_every_type_is_complete() -> None:
    assert faults() == []


def test_a_type_without_proxy_and_admin_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "registry", lambda: Registry((*registry(), NoteV1)))

    assert faults() == [
        "The memory type 'note' has no proxy in memories.models.PROXIES.",
        "The memory type 'note' has no admin in memories/admin/.",
    ]


def test_a_type_without_a_schema_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = [schema for schema in registry() if schema.type != "chat"]
    monkeypatch.setattr(checks, "registry", lambda: Registry(rest))

    assert faults() == [
        "The memory type 'chat' has no schema in memories/schemas/registry.py."
    ]


def test_a_type_without_a_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = [proxy for proxy in PROXIES if proxy is not ChatMemory]
    monkeypatch.setattr(checks, "PROXIES", rest)

    assert any("'chat' has no proxy" in fault for fault in faults())


@pytest.fixture
def _no_chat_admin() -> Iterator[None]:
    screen = admin.site.get_model_admin(ChatMemory)
    admin.site.unregister(ChatMemory)
    yield
    admin.site.register(ChatMemory, type(screen))


@pytest.mark.usefixtures("_no_chat_admin")
def test_a_type_without_an_admin_is_named() -> None:
    assert faults() == ["The memory type 'chat' has no admin in memories/admin/."]
