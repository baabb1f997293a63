"""What cannot be recorded does not happen: each page answers 503 and does nothing."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from audit.models import Record
from connectors.models import Rules
from memories import mediator
from memories.models import RetentionPolicy
from tests.conftest import acting
from tests.connectors.delivering import make_delivery
from tests.factories import CONTENTS, NOW, make_memory, make_user
from tests.outages import audit_closed

pytestmark = pytest.mark.django_db(transaction=True)

SHOWS_NOTHING = {
    "app_list",
    "autocomplete",
    "jsi18n",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "search",
    "second_factor",
    "sign_in_code",
    "view_as_end",
    "view_on_site",
}
"""Pages that show nothing but a form or a word, or one's own; or nothing at all."""

OURS = {"accounts", "auth", "audit", "connectors", "journal", "memories"}
PASSWORD = "another battery, as correct as the horse"
SET = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
CHOSEN = {
    "event": {"content_severity": "info"},
    "decision": {"content_status": "proposed", "content_priority": "medium"},
}
SENT: dict[str, dict[str, Any]] = {
    "accounts_user_add": {"email": "ann@example.com", **SET},
    "auth_group_add": {"name": "Sales"},
    "auth_user_password_change": {"set-password": "1", **SET},
    "memories_retentionpolicy_add": {"type": "event", "days": "3"},
    "connectors_rules_change": {"values": "{}"},
    "view_as": {"email": "user@example.com"},
}
"""What is filled in where a form does something at once."""
for _type, _content in CONTENTS.items():
    _screen = f"memories_{_type}memory"
    SENT[f"{_screen}_add"] = {
        "metadata": "{}",
        "content_action_items": "",
        **{f"content_{name}": text for name, text in _content.items()},
        **CHOSEN.get(_type, {}),
    }
    SENT[f"{_screen}_annotate"] = {"kind": "note", "body": "Noted"}
    SENT[f"{_screen}_access"] = {"user": "user@example.com", "can": "view"}


def names() -> set[str]:
    """Return the names of all that the admin answers."""
    _, site = get_resolver().namespace_dict["admin"]
    return {name for name in site.reverse_dict if isinstance(name, str)}


@pytest.fixture
def ceo() -> User:
    return make_user(email="ceo@example.com", role=Role.CEO)


@pytest.fixture
def pages(ceo: User, settings: Settings) -> dict[str, str]:
    """Where each page is, by its name, with something behind each."""
    settings.CONNECTOR_SECRETS = settings.CONNECTOR_SECRETS | {"slack": ["a secret"]}
    user = make_user(email="user@example.com")
    mediator.refused(actor=acting(ceo), action="search", reason="invalid", now=NOW)
    RetentionPolicy.objects.create(type="chat", days=30, updated_at=NOW)
    keys: dict[str, Any] = {
        "accounts_user": user.pk,
        "auth_user": user.pk,
        "auth_group": Group.objects.create(name="Secret plans").pk,
        "memories_retentionpolicy": "chat",
        "audit_record": Record.objects.get().pk,
        "connectors_delivery": make_delivery(body=b'{"text": "Secret plans"}').pk,
        "connectors_rules": Rules.objects.get_or_create(connector="slack")[0].pk,
    }
    for type_ in CONTENTS:
        memory = make_memory(type=type_, title="Secret plans", owner=ceo)
        keys[f"memories_{type_}memory"] = memory.pk

    def args(name: str) -> list[Any]:
        if name == "second_factor_reset":
            return [user.pk]
        if name == "connectors_delivery_test":
            return ["slack"]
        screen, _, page = name.partition("_password_")
        if not page:
            screen, _, page = name.rpartition("_")
        of_one = page not in {"changelist", "add", "csv", "ocsf"}
        return [keys[screen]] if screen in keys and of_one else []

    return {
        name: reverse(f"admin:{name}", args=args(name))
        for name in names() - SHOWS_NOTHING
    }


@pytest.fixture
def client(ceo: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(ceo)
    return client


def not_503(answers: dict[str, Any]) -> dict[str, int]:
    return {
        name: answer.status_code
        for name, answer in answers.items()
        if answer.status_code != 503
    }


def rows() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in OURS
        and not model._meta.proxy
        and model._meta.label != "memories.Embedding"
    }


def test_nothing_is_shown(client: Client, pages: dict[str, str]) -> None:
    asks_alone = ("_add", "_annotate", "_test")
    shown = sorted(name for name in pages if not name.endswith(asks_alone))

    with audit_closed():
        answers = {name: client.get(pages[name]) for name in shown}

    assert not_503(answers) == {}
    assert not [name for name in shown if b"Secret" in answers[name].content]


def test_nothing_is_done(client: Client, pages: dict[str, str]) -> None:
    before = rows()

    with audit_closed():
        answers = {
            name: client.post(where, {"post": "yes"} | SENT.get(name, {}))
            for name, where in sorted(pages.items())
        }

    assert not_503(answers) == {}
    assert rows() == before


@pytest.mark.parametrize("name", ["logout", "view_as_end"])
def test_nobody_leaves(name: str, client: Client, pages: dict[str, str]) -> None:
    client.post(pages["view_as"], SENT["view_as"])

    with audit_closed():
        answer = client.post(reverse(f"admin:{name}"))

    assert answer.status_code == 503
    assert "You are viewing as" in client.get("/admin/").text
