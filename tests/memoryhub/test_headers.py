"""memoryhub.headers: a browser may do with an answer what it is for, and no more."""

import re
from typing import Any

import pytest
from django.conf import settings as hub
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.conftest import Api

POLICY = "Content-Security-Policy"


def policy_of(answer: Any) -> dict[str, str]:
    header = answer.headers[POLICY]
    return dict(part.split(" ", 1) for part in header.split("; "))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/stats",
        "/api/v1/nowhere",
        "/api/schema/",
        "/healthz",
        "/nowhere",
        "/static/hub/admin.css",
    ],
)
def test_what_is_no_page_may_do_nothing(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    answer.close()

    policy = policy_of(answer)
    assert policy["default-src"] == policy["form-action"] == "'none'"
    assert "script-src" not in policy


def test_the_admin_runs_its_own_scripts_alone(client: Client, db: None) -> None:
    policy = policy_of(client.get("/admin/login/"))

    assert re.fullmatch(r"'self'( 'nonce-\S+')? 'unsafe-eval'", policy["script-src"])
    assert policy["default-src"] == policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"


def test_the_docs_run_no_inline_script(client: Client) -> None:
    answer = client.get("/api/docs/")

    assert policy_of(answer)["script-src"] == "'self'"
    assert not re.search(r"<script>", answer.text)


@pytest.mark.parametrize("path", ["/admin/login/", "/api/v1/stats", "/nowhere"])
def test_every_answer_says_the_rest(client: Client, db: None, path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_hsts_is_sent_over_tls(client: Client, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000

    assert (
        "max-age=31536000"
        in client.get("/healthz", secure=True).headers["Strict-Transport-Security"]
    )


def test_cookies_are_for_the_server_alone(client: Client, user: User) -> None:
    client.force_login(user)
    client.get("/admin/second-factor/")

    for name in (hub.SESSION_COOKIE_NAME, hub.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_the_api_sets_no_cookie(user: User) -> None:
    assert not Api(user).get("stats").cookies
