"""OAuth for agents: metadata, and a service's secret for a token."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts import credentials
from accounts.credentials import NewSecret
from accounts.models import User
from audit.models import Record
from tests.factories import PASSWORD

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def made(db: None) -> NewSecret:
    return credentials.create(email="agent@example.com", now=timezone.now())


def ask(form: Mapping[str, str], **headers: str) -> Any:
    return Client().post(
        "/oauth/token",
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers=headers,
    )


def stats(answer: Any) -> int:
    token = answer.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return Client().get("/api/v1/stats", headers=headers).status_code


def of(made: NewSecret) -> dict[str, str]:
    return {"client_id": made.service.email, "client_secret": made.text}


def test_it_works(made: NewSecret) -> None:
    answer = ask(GRANT | of(made))

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json().keys() == {
        "access_token",
        "token_type",
        "expires_in",
        "scope",
    }
    assert answer.json()["scope"] == "memory:read memory:write"
    assert stats(answer) == 200


def test_a_secret_comes_in_the_header_as_well(made: NewSecret) -> None:
    pair = f"{quote_plus(made.service.email)}:{quote_plus(made.text)}"
    header = "Basic " + base64.b64encode(pair.encode()).decode()

    assert stats(ask(GRANT, Authorization=header)) == 200


def test_a_scope_is_what_the_token_is_for(made: NewSecret) -> None:
    answer = ask(GRANT | of(made) | {"scope": "memory:write"})

    assert answer.json()["scope"] == "memory:write"
    assert stats(answer) == 403


def test_a_token_is_for_the_hub_and_its_mcp(made: NewSecret) -> None:
    for resource in (settings.HUB_URL, settings.MCP_URL):
        assert ask(GRANT | of(made) | {"resource": resource}).status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "x" * 5000}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        (GRANT | {"scope": "admin"}, 400, "invalid_scope"),
        (GRANT | {"resource": "https://elsewhere.example"}, 400, "invalid_target"),
        (GRANT, 401, "invalid_client"),
        (GRANT | {"client_secret": "mhs_wrong"}, 401, "invalid_client"),
        (GRANT | {"client_id": "a\x00", "client_secret": "b"}, 401, "invalid_client"),
    ],
)
def test_what_does_not_fit_is_refused_as_oauth_has_it(
    made: NewSecret, form: dict[str, str], status: int, error: str
) -> None:
    answer = ask({"client_id": made.service.email} | form)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in answer) == (status == 401)


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic //79"])
def test_a_header_that_is_none_is_no_secret(made: NewSecret, header: str) -> None:
    assert ask(GRANT | of(made), Authorization=header).status_code == 401


def test_a_person_has_no_grant(signed_up: User) -> None:
    form = {"client_id": signed_up.email, "client_secret": PASSWORD}

    assert ask(GRANT | form).json()["error"] == "invalid_client"


def test_a_service_that_was_closed_gets_none(made: NewSecret) -> None:
    User.objects.filter(pk=made.service.pk).update(is_active=False)

    assert ask(GRANT | of(made)).status_code == 401


def test_every_try_is_on_record(made: NewSecret) -> None:
    ask(GRANT | of(made))
    ask(GRANT | of(made) | {"client_secret": "mhs_wrong"})

    records = Record.objects.order_by("seq")
    assert [(one.actor, one.action, one.outcome, one.reason) for one in records] == [
        ("agent@example.com", "sign_in", "allowed", ""),
        ("agent@example.com", "sign_in", "refused", "bad_credentials"),
    ]


def test_a_body_that_is_no_form_is_refused(db: None) -> None:
    answer = Client().post("/oauth/token", GRANT, content_type="application/json")

    assert answer.status_code == 415


def test_the_metadata_says_where_tokens_are(db: None) -> None:
    found = Client().get("/.well-known/oauth-authorization-server").json()

    assert found["issuer"] == settings.HUB_URL
    assert found["token_endpoint"] == f"{settings.HUB_URL}/oauth/token"
    assert found["grant_types_supported"] == ["client_credentials"]
    assert found["scopes_supported"] == ["memory:read", "memory:write"]


def test_no_code_is_given(db: None) -> None:
    answer = Client().get("/oauth/authorize", query_params={"response_type": "code"})

    assert answer.json()["error"] == "unsupported_response_type"
    assert "/oauth/token" in answer.json()["error_description"]
