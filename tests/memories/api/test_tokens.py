"""Signing in and out over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import credentials, second_factor
from accounts.models import User
from accounts.roles import Role
from audit.models import Record
from tests.accounts.test_second_factor import code_of
from tests.conftest import Api
from tests.factories import NOW, PASSWORD
from tests.outages import audit_closed
from tests.sessions import together


def sign_in(user: User, password: str = PASSWORD, **more: str) -> Any:
    body = {"username": user.email, "password": password, **more}
    return Api(None).post("auth/token", body)


def test_it_works(signed_up: User) -> None:
    pair = sign_in(signed_up).json()

    api = Api(None)
    api.headers = {"Authorization": f"Bearer {pair['access']}"}
    assert api.get("stats").status_code == 200


def test_signing_in_is_on_record(signed_up: User) -> None:
    sign_in(signed_up)

    record = Record.objects.get(action="sign_in")
    assert (record.actor, record.outcome) == (signed_up.email, "allowed")


def test_a_wrong_password_is_refused_and_on_record(signed_up: User) -> None:
    answer = sign_in(signed_up, "wrong")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    record = Record.objects.get(action="sign_in")
    assert (record.actor, record.outcome) == (signed_up.email, "refused")
    assert record.role == "Stranger"


def test_what_is_no_address_is_not_put_on_record(db: None) -> None:
    Api(None).post("auth/token", {"username": PASSWORD, "password": "x"})

    assert Record.objects.get(action="sign_in").actor == "unknown"


def test_an_unknown_account_answers_as_a_wrong_password(signed_up: User) -> None:
    wrong = sign_in(signed_up, "wrong")
    unknown = sign_in(User(email="who@example.com"))

    assert (unknown.status_code, unknown.json()) == (401, wrong.json())


def test_refresh_gives_a_fresh_pair_once(signed_up: User) -> None:
    first = sign_in(signed_up).json()

    fresh = Api(None).post("auth/token/refresh", {"refresh": first["refresh"]})
    again = Api(None).post("auth/token/refresh", {"refresh": first["refresh"]})

    assert fresh.status_code == 200
    assert fresh.json()["refresh"] != first["refresh"]
    assert again.status_code == 401


def test_a_reused_refresh_token_ends_its_family(signed_up: User) -> None:
    first = sign_in(signed_up).json()
    fresh = Api(None).post("auth/token/refresh", {"refresh": first["refresh"]}).json()
    Api(None).post("auth/token/refresh", {"refresh": first["refresh"]})

    answer = Api(None).post("auth/token/refresh", {"refresh": fresh["refresh"]})

    assert answer.status_code == 401


def test_revoke_ends_both_tokens_with_the_next_request(signed_up: User) -> None:
    pair = sign_in(signed_up).json()
    api = Api(None)
    api.headers = {"Authorization": f"Bearer {pair['access']}"}

    answer = Api(None).post("auth/token/revoke", {"refresh": pair["refresh"]})

    assert answer.status_code == 204
    refreshed = Api(None).post("auth/token/refresh", {"refresh": pair["refresh"]})
    assert refreshed.status_code == 401
    assert api.get("stats").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_refresh_answers_one_of_many_at_the_same_moment(signed_up: User) -> None:
    token = sign_in(signed_up).json()["refresh"]

    def attempt() -> int:
        answer = Api(None).post("auth/token/refresh", {"refresh": token})
        return int(answer.status_code)

    assert sorted(together(8, attempt)) == [200, *[401] * 7]


def test_each_use_of_a_refresh_token_is_on_record(signed_up: User) -> None:
    first = sign_in(signed_up).json()["refresh"]
    second = Api(None).post("auth/token/refresh", {"refresh": first}).json()["refresh"]
    Api(None).post("auth/token/revoke", {"refresh": second})
    Api(None).post("auth/token/refresh", {"refresh": second})
    Api(None).post("auth/token/refresh", {"refresh": first})
    Api(None).post("auth/token/refresh", {"refresh": "no token"})

    records = Record.objects.exclude(action="sign_in").order_by("seq")
    assert [
        (each.actor, each.action, each.outcome, each.reason) for each in records
    ] == [
        (signed_up.email, "refresh", "allowed", ""),
        (signed_up.email, "sign_out", "allowed", ""),
        (signed_up.email, "refresh", "refused", "token_ended"),
        (signed_up.email, "refresh", "refused", "token_reused"),
        ("unknown", "refresh", "refused", "bad_token"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_refresh_that_cannot_be_recorded_does_not_happen(signed_up: User) -> None:
    token = sign_in(signed_up).json()["refresh"]

    with audit_closed():
        refused = Api(None).post("auth/token/refresh", {"refresh": token})

    assert refused.status_code == 503
    again = Api(None).post("auth/token/refresh", {"refresh": token})
    assert again.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_theft_that_cannot_be_recorded_ends_the_family_all_the_same(
    signed_up: User,
) -> None:
    token = sign_in(signed_up).json()["refresh"]
    fresh = Api(None).post("auth/token/refresh", {"refresh": token}).json()["refresh"]

    with audit_closed():
        Api(None).post("auth/token/refresh", {"refresh": token})

    answer = Api(None).post("auth/token/refresh", {"refresh": fresh})
    assert answer.status_code == 401


def test_a_services_secret_signs_in_until_it_is_replaced(db: None) -> None:
    email, now = "service-x@example.com", timezone.now()
    made = credentials.create(email=email, now=now)
    api = Api(None)
    pair = sign_in(made.service, made.text).json()
    api.headers = {"Authorization": f"Bearer {pair['access']}"}
    assert api.get("stats").status_code == 200

    credentials.rotate(email=email, overlap=timedelta(), now=now)

    assert api.get("stats").status_code == 401
    assert sign_in(made.service, made.text).status_code == 401


def test_a_refresh_token_opens_nothing(signed_up: User) -> None:
    api = Api(None)
    api.headers = {"Authorization": f"Bearer {sign_in(signed_up).json()['refresh']}"}

    assert api.get("stats").status_code == 401


@pytest.mark.parametrize("path", ["auth/token/refresh", "auth/token/revoke"])
@pytest.mark.parametrize("token", ["", "no.token.at-all", "x"])
def test_garbage_is_no_token(db: None, path: str, token: str) -> None:
    assert Api(None).post(path, {"refresh": token}).status_code == 401


@pytest.mark.parametrize(
    ("path", "pointer"),
    [("auth/token", "/username"), ("auth/token/refresh", "/refresh")],
)
def test_a_missing_field_is_named(db: None, path: str, pointer: str) -> None:
    answer = Api(None).post(path, {})

    assert answer.status_code == 400
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("Bearer", "Authorization header must contain two space-delimited values"),
        ("Bearer no.token.at-all", "Given token not valid for any token type"),
    ],
)
def test_a_refusal_says_what_is_wrong_in_words(
    db: None, header: str, detail: str
) -> None:
    answer = Api(None).get("stats", Authorization=header)

    assert answer.status_code == 401
    assert answer.json()["detail"] == detail


class TestTooManyWrongPasswords:
    @pytest.fixture(autouse=True)
    def _five(self, signed_up: User) -> None:
        for _ in range(5):
            assert sign_in(signed_up, "wrong").status_code == 401

    def test_lock_the_account_for_a_while(self, signed_up: User) -> None:
        answer = sign_in(signed_up)

        assert answer.status_code == 429
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "locked_out"
        assert 890 <= int(answer["Retry-After"]) <= 900

    def test_are_on_record(self, signed_up: User) -> None:
        sign_in(signed_up)

        assert Record.objects.latest("seq").reason == "locked_out"

    def test_say_nothing_of_who_has_an_account(self, signed_up: User) -> None:
        nobody = User(email="nobody@example.com")
        for _ in range(5):
            sign_in(nobody)

        known, unknown = sign_in(signed_up), sign_in(nobody)

        assert (unknown.status_code, unknown.json()) == (429, known.json())

    def test_lock_nobody_else(self, signed_up: User) -> None:
        bot = User.objects.create_user("bot@x.com", PASSWORD, role=Role.SERVICE)

        assert sign_in(bot).status_code == 200


def test_a_success_forgets_the_failures_before_it(signed_up: User) -> None:
    for _ in range(3):
        for _ in range(4):
            sign_in(signed_up, "wrong")
        assert sign_in(signed_up).status_code == 200


class TestASecondFactor:
    @pytest.fixture(autouse=True)
    def _app(self, signed_up: User) -> None:
        app = second_factor.begin(user=signed_up)
        code = code_of(app, steps=-1)
        self.code = code_of(app)
        self.recovery = second_factor.confirm(
            user=signed_up, code=code, keep_session=None, now=NOW
        )

    def test_is_asked_for(self, signed_up: User) -> None:
        answer = sign_in(signed_up)

        assert answer.status_code == 401
        assert answer.json()["code"] == "otp_required"
        assert "as otp" in answer.json()["detail"]

    def test_is_not_asked_for_with_a_wrong_password(self, signed_up: User) -> None:
        assert "code" not in sign_in(signed_up, "wrong", otp=self.code).json()

    def test_lets_somebody_in(self, signed_up: User) -> None:
        assert sign_in(signed_up, otp=self.code).json()["access"]

    def test_may_be_a_recovery_code(self, signed_up: User) -> None:
        assert sign_in(signed_up, otp=self.recovery[0]).json()["access"]

    def test_that_is_wrong_is_refused_and_counted(self, signed_up: User) -> None:
        for _ in range(5):
            assert sign_in(signed_up, otp="000000").json()["code"] == "otp_refused"

        assert sign_in(signed_up, otp=self.code).status_code == 429
