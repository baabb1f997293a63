"""The screens of accounts and groups."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from tests.factories import make_user


@pytest.fixture
def admin(ceo: User) -> Client:
    client = Client()
    client.force_login(ceo)
    return client


def form_of(user: User, **fields: object) -> dict[str, object]:
    groups = [str(group.pk) for group in user.groups.all()]
    return {"email": user.email, "groups": groups, "is_active": "on", **fields}


def change(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


class TestRoles:
    """The groups that the roles are."""

    @pytest.mark.parametrize("role", list(Role))
    def test_are_neither_renamed_nor_deleted(self, admin: Client, role: Role) -> None:
        group = Group.objects.get(name=role)
        pages = [
            reverse(f"admin:auth_group_{page}", args=[group.pk])
            for page in ("change", "delete")
        ]

        for page in pages:
            assert admin.post(page, {"name": "x", "post": "yes"}).status_code == 403
        assert Group.objects.get(pk=group.pk).name == role

    def test_another_group_is_made_renamed_and_deleted(self, admin: Client) -> None:
        admin.post(reverse("admin:auth_group_add"), {"name": "Sales"})
        group = Group.objects.get(name="Sales")

        admin.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "S"})
        assert Group.objects.filter(name="S").exists()

        admin.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})
        assert not Group.objects.filter(name="S").exists()


class TestTheLastCeo:
    """The account without which nobody could make another."""

    @pytest.mark.parametrize("fields", [{"groups": []}, {"is_active": ""}])
    def test_keeps_role_and_account(
        self, admin: Client, ceo: User, fields: dict[str, object]
    ) -> None:
        answer = admin.post(change(ceo), form_of(ceo, **fields))

        assert "last CEO" in str(answer.context["adminform"].form.errors)
        assert User.objects.get(pk=ceo.pk).is_the_last_ceo()

    def test_is_not_deleted(self, admin: Client, ceo: User) -> None:
        page = reverse("admin:accounts_user_delete", args=[ceo.pk])

        assert admin.post(page, {"post": "yes"}).status_code == 403

    def test_may_go_once_there_is_another(self, admin: Client, ceo: User) -> None:
        make_user(email="next@example.com", role=Role.CEO)

        answer = admin.post(change(ceo), form_of(ceo, groups=[]))

        assert answer.status_code == 302
        assert User.objects.get(pk=ceo.pk).role is Role.USER


def test_an_account_is_made_in_a_role(admin: Client) -> None:
    manager = Group.objects.get(name=Role.MANAGER)
    password = "a long enough password"

    answer = admin.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "Ann@Example.com",
            "usable_password": "true",
            "password1": password,
            "password2": password,
            "groups": [str(manager.pk)],
        },
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert User.objects.get(email__iexact="ann@example.com").role is Role.MANAGER
