"""memoryhub.signing_in: a password, and then a code if the account asks for one."""

from typing import Any

import pytest
from django.conf import settings as hub
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from limits import parse
from pytest_django import Settings

from accounts import second_factor
from accounts.models import User
from accounts.roles import Role
from audit.models import Record
from tests.accounts.test_second_factor import code_of
from tests.factories import NOW, PASSWORD, make_user

LOGIN, CODE, INDEX = "/admin/login/", "/admin/login/code/", "/admin/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann@example.com", PASSWORD)


@pytest.fixture
def app(ann: User) -> TOTPDevice:
    """An authenticator that the account asks for."""
    waiting = second_factor.begin(user=ann)
    second_factor.confirm(
        user=ann, code=code_of(waiting, steps=-1), keep_session=None, now=NOW
    )
    return TOTPDevice.objects.get(user=ann)


def sign_in(client: Client, password: str = PASSWORD, *, to: str = "") -> Any:
    path = f"{LOGIN}?next={to}" if to else LOGIN
    return client.post(path, {"username": "ann@example.com", "password": password})


def is_in(client: Client) -> bool:
    return client.get(INDEX).status_code == 200


class TestAPassword:
    def test_lets_somebody_in(self, client: Client, ann: User) -> None:
        answer = sign_in(client, to="/admin/memories/chatmemory/")

        assert answer["Location"] == "/admin/memories/chatmemory/"
        assert is_in(client)

    def test_leads_to_no_other_host(self, client: Client, ann: User) -> None:
        assert sign_in(client, to="https://example.net/")["Location"] == INDEX

    def test_is_on_record(self, client: Client, ann: User) -> None:
        sign_in(client, "a wrong one")
        sign_in(client)

        found = Record.objects.filter(action="sign_in").order_by("seq")
        assert [(one.outcome, one.reason, one.channel) for one in found] == [
            ("refused", "bad_credentials", "admin"),
            ("allowed", "", "admin"),
        ]

    def test_is_on_record_while_the_code_is_due(
        self, client: Client, app: TOTPDevice
    ) -> None:
        sign_in(client)

        record = Record.objects.get(action="sign_in")
        assert (record.outcome, record.reason) == ("refused", "otp_required")

    def test_in_the_wrong_field_is_not_on_record(self, client: Client) -> None:
        client.post(LOGIN, {"username": PASSWORD, "password": "x"})

        assert Record.objects.with_people().get().actor == "unknown"

    def test_is_not_looked_at_after_five_wrong_ones(
        self, client: Client, ann: User
    ) -> None:
        for _ in range(5):
            assert sign_in(client, "a wrong one").status_code == 200

        answer = sign_in(client)

        assert answer.status_code == 429
        assert 890 <= int(answer["Retry-After"]) <= 900
        assert "try again in 15 minutes" in answer.text
        assert Record.objects.filter(reason="locked_out").count() == 1
        assert not is_in(client)

    def test_is_forgotten_to_have_been_wrong(self, client: Client, ann: User) -> None:
        for _ in range(3):
            for _ in range(4):
                sign_in(client, "a wrong one")
            sign_in(client)
            client.logout()

        assert sign_in(client).status_code == 302

    def test_is_tried_no_more_often_than_the_limit(
        self, client: Client, ann: User, settings: Settings
    ) -> None:
        settings.SIGN_IN_LIMIT = parse("1/minute")
        sign_in(client)

        answer = sign_in(client)

        assert answer.status_code == 429
        assert answer["Retry-After"]
        assert "try again in" in answer.text


class TestACode:
    def test_is_asked_for_before_anybody_is_in(
        self, client: Client, app: TOTPDevice
    ) -> None:
        answer = sign_in(client)

        assert answer["Location"] == CODE
        assert not is_in(client)
        assert "authenticator app" in client.get(CODE).text

    def test_lets_somebody_in(self, client: Client, app: TOTPDevice) -> None:
        sign_in(client, to="/admin/memories/chatmemory/")

        answer = client.post(CODE, {"code": code_of(app)})

        assert answer["Location"] == "/admin/memories/chatmemory/"
        assert is_in(client)

    def test_that_is_wrong_lets_nobody_in(
        self, client: Client, app: TOTPDevice
    ) -> None:
        sign_in(client)

        answer = client.post(CODE, {"code": "000000"})

        assert "This code is wrong" in answer.text
        assert not is_in(client)
        assert Record.objects.filter(reason="otp_refused").count() == 1

    def test_is_not_guessed(self, client: Client, app: TOTPDevice) -> None:
        sign_in(client)
        for _ in range(5):
            client.post(CODE, {"code": "000000"})

        assert client.post(CODE, {"code": code_of(app)}).status_code == 429
        assert sign_in(client).status_code == 429

    def test_is_no_way_in_without_the_password(
        self, client: Client, app: TOTPDevice
    ) -> None:
        assert client.get(CODE)["Location"] == LOGIN
        assert client.post(CODE, {"code": code_of(app)})["Location"] == LOGIN

    def test_does_not_outlive_a_changed_password(
        self, client: Client, ann: User, app: TOTPDevice
    ) -> None:
        sign_in(client)
        ann.set_password("another good password")
        ann.save()

        assert client.get(CODE)["Location"] == LOGIN

    def test_is_waited_for_five_minutes(self, client: Client, app: TOTPDevice) -> None:
        sign_in(client)
        session = client.session
        session["sign_in_pending"] |= {"at": session["sign_in_pending"]["at"] - 301}
        session.save()

        assert client.get(CODE)["Location"] == LOGIN

    def test_begins_a_session_of_its_own(self, client: Client, app: TOTPDevice) -> None:
        sign_in(client)
        before = client.cookies[hub.SESSION_COOKIE_NAME].value

        client.post(CODE, {"code": code_of(app)})

        assert client.cookies[hub.SESSION_COOKIE_NAME].value != before
        assert "sign_in_pending" not in client.session


def test_signing_out_is_on_record(client: Client, ann: User) -> None:
    sign_in(client)
    client.post("/admin/logout/")

    assert not is_in(client)
    assert Record.objects.get(action="sign_out").actor_id == ann.pk


def test_a_service_is_not_let_in(client: Client, db: None) -> None:
    User.objects.create_user("ann@example.com", PASSWORD, role=Role.SERVICE)

    assert "it uses the API" in sign_in(client).text


def test_the_address_of_the_page_is_known() -> None:
    assert (reverse("admin:login"), reverse("admin:sign_in_code")) == (LOGIN, CODE)


def test_somebody_who_is_in_is_led_on(client: Client, db: None) -> None:
    client.force_login(make_user())

    assert client.get(LOGIN)["Location"] == INDEX
