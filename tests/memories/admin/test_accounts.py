"""The screens of accounts and groups: each change leaves one record, or fails."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts import credentials
from accounts.models import User
from accounts.roles import Role
from audit.models import Record
from tests.factories import NOW, PASSWORD
from tests.outages import close_audit

pytestmark = pytest.mark.django_db

NEW = "another battery, as correct as the horse"


@pytest.fixture
def admin(ceo: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(ceo)
    return client


def page(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def form_of(user: User, **fields: object) -> dict[str, object]:
    groups = [str(group.pk) for group in user.groups.all()]
    return {"email": user.email, "groups": groups, "is_active": "on", **fields}


def change(admin: Client, user: User, **fields: object) -> int:
    address = page("accounts_user_change", user.pk)
    return admin.post(address, form_of(user, **fields)).status_code


def make(admin: Client) -> int:
    filled_in = {
        "email": "ann@example.com",
        "usable_password": "true",
        "password1": NEW,
        "password2": NEW,
        "groups": [str(Group.objects.get(name=Role.MANAGER).pk)],
    }
    return admin.post(page("accounts_user_add"), filled_in).status_code


def set_password(admin: Client, user: User) -> int:
    address = page("auth_user_password_change", user.pk)
    filled_in = {"usable_password": "true", "password1": NEW, "password2": NEW}
    return admin.post(address, filled_in | {"set-password": "1"}).status_code


def change_own_password(client: Client) -> int:
    filled_in = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    return client.post(page("password_change"), filled_in).status_code


def records() -> list[tuple[str, str, str, str]]:
    found = Record.objects.order_by("seq")
    assert {each.channel for each in found} <= {"admin"}
    return [(each.actor, each.action, each.outcome, each.reason) for each in found]


class TestAChange:
    """What leaves one record."""

    def test_is_an_account_that_is_made(self, admin: Client, ceo: User) -> None:
        assert make(admin) == 302

        ann = User.objects.get(email="ann@example.com")
        about = f"account {ann.pk}"
        assert records() == [(ceo.email, "account_create", "allowed", about)]

    @pytest.mark.parametrize(
        ("fields", "what"),
        [
            ({"groups": []}, "Changed Groups."),
            ({"is_active": ""}, "Changed Active."),
            ({"first_name": "Ann"}, "Changed First name."),
            ({"groups": [], "is_active": ""}, "Changed Groups and Active."),
        ],
        ids=str,
    )
    def test_is_a_role_that_is_taken_or_an_account_that_is_closed(
        self,
        admin: Client,
        ceo: User,
        manager: User,
        fields: dict[str, object],
        what: str,
    ) -> None:
        assert change(admin, manager, **fields) == 302

        about = f"account {manager.pk}: {what}"
        assert records() == [(ceo.email, "account_change", "allowed", about)]

    def test_is_a_password_that_is_set(
        self, admin: Client, ceo: User, user: User
    ) -> None:
        assert set_password(admin, user) == 302

        about = f"account {user.pk}: Changed password."
        assert records() == [(ceo.email, "account_change", "allowed", about)]
        assert User.objects.get(pk=user.pk).check_password(NEW)

    def test_is_a_password_of_ones_own(self, user: User) -> None:
        user.set_password(PASSWORD)
        user.save()
        client = Client()
        client.force_login(user)

        assert change_own_password(client) == 302

        about = f"account {user.pk}: own password"
        assert records() == [(user.email, "account_change", "allowed", about)]

    def test_is_an_account_that_is_deleted(
        self, admin: Client, ceo: User, user: User
    ) -> None:
        about = f"account {user.pk}"

        admin.post(page("accounts_user_delete", user.pk), {"post": "yes"})

        assert not User.objects.filter(pk=user.pk).exists()
        assert records() == [(ceo.email, "account_delete", "allowed", about)]

    def test_is_a_group_that_is_made_renamed_and_deleted(
        self, admin: Client, ceo: User
    ) -> None:
        admin.post(page("auth_group_add"), {"name": "Sales"})
        group = Group.objects.get(name="Sales")
        admin.post(page("auth_group_change", group.pk), {"name": "S"})
        admin.post(page("auth_group_delete", group.pk), {"post": "yes"})

        assert records() == [
            (ceo.email, "group_create", "allowed", f"group {group.pk}"),
            (ceo.email, "group_change", "allowed", f"group {group.pk}: Changed Name."),
            (ceo.email, "group_delete", "allowed", f"group {group.pk}"),
        ]

    def test_is_nothing_that_was_not_done(self, admin: Client, ceo: User) -> None:
        refused = change(admin, ceo, groups=[])
        admin.get(page("password_change"))
        wrong = change_own_password(admin)

        assert (refused, wrong) == (200, 200)
        looked = (ceo.email, "account_read", "allowed", f"account {ceo.pk}")
        assert records() == [looked]


class TestWithoutItsRecord:
    """What happens while the audit takes nothing: nothing."""

    def test_no_account_is_made(self, admin: Client) -> None:
        close_audit()

        assert make(admin) == 503
        assert not User.objects.filter(email="ann@example.com").exists()

    def test_no_role_is_taken(self, admin: Client, manager: User) -> None:
        close_audit()

        assert change(admin, manager, groups=[]) == 503
        assert User.objects.get(pk=manager.pk).role is Role.MANAGER

    def test_no_password_is_set(self, admin: Client, user: User) -> None:
        close_audit()

        assert set_password(admin, user) == 503
        assert not User.objects.get(pk=user.pk).check_password(NEW)

    def test_nobody_changes_their_own_password(self, user: User) -> None:
        user.set_password(PASSWORD)
        user.save()
        client = Client(raise_request_exception=False)
        client.force_login(user)
        close_audit()

        assert change_own_password(client) == 503
        assert User.objects.get(pk=user.pk).check_password(PASSWORD)

    def test_no_account_is_deleted(self, admin: Client, user: User) -> None:
        close_audit()

        address = page("accounts_user_delete", user.pk)
        assert admin.post(address, {"post": "yes"}).status_code == 503
        assert User.objects.filter(pk=user.pk).exists()

    def test_no_page_is_shown(self, admin: Client) -> None:
        close_audit()

        answer = admin.get("/admin/", headers={"Accept": "text/html"})

        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Try again shortly" in answer.content.decode()


class TestTheSecretsOfAService:
    def test_are_listed_with_their_last_use_and_never_shown(
        self, admin: Client
    ) -> None:
        made = credentials.create(email="service-x@example.com", now=NOW)
        used = NOW + timedelta(hours=5)
        credentials.holder(email="service-x@example.com", text=made.text, now=used)

        answer = admin.get(page("accounts_user_change", made.service.pk))

        text = answer.content.decode()
        assert "June 1, 2026, 5 p.m." in text
        assert made.text not in text
        assert made.service.secrets.get().digest not in text

    def test_are_not_to_be_changed(self, admin: Client) -> None:
        made = credentials.create(email="service-x@example.com", now=NOW)
        secret = made.service.secrets.get()
        rows = {
            "secrets-TOTAL_FORMS": "1",
            "secrets-INITIAL_FORMS": "1",
            "secrets-0-id": str(secret.pk),
            "secrets-0-service": str(made.service.pk),
            "secrets-0-expires_at_0": "2026-01-01",
            "secrets-0-expires_at_1": "00:00:00",
            "secrets-0-DELETE": "on",
        }

        change(admin, made.service, **rows)

        secret.refresh_from_db()
        assert secret.expires_at is None

    def test_are_no_matter_of_people(self, admin: Client, user: User) -> None:
        answer = admin.get(page("accounts_user_change", user.pk))

        assert "create_service" not in answer.content.decode()
