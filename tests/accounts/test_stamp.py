"""User.stamp: sessions of the admin end with what they were given for."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

INDEX = "/admin/"


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person@example.com", PASSWORD, role=Role.MANAGER)


@pytest.fixture
def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def is_inside(client: Client) -> bool:
    return client.get(INDEX).status_code == 200


def set_password(person: User) -> None:
    person.set_password(PASSWORD)
    person.save()


def demote(person: User) -> None:
    person.groups.set([Group.objects.get(name=Role.USER)])


def disable(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


@pytest.mark.parametrize("change", [set_password, demote, disable])
def test_a_change_of_the_account_ends_them_with_the_next_request(
    person: User, signed_in: Client, change: Callable[[User], None]
) -> None:
    assert is_inside(signed_in)

    change(person)

    assert not is_inside(signed_in)


def test_what_changes_no_right_leaves_them(person: User, signed_in: Client) -> None:
    person.groups.add(Group.objects.create(name="Friends of the house"))
    person.first_name = "Ann"
    person.save()

    assert is_inside(signed_in)


def test_who_changes_their_own_password_stays_and_ends_their_others(
    person: User, signed_in: Client
) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    new = "another battery, as correct as the horse"

    answer = signed_in.post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    assert answer.status_code == 302, answer.context["form"].errors
    assert is_inside(signed_in)
    assert not is_inside(elsewhere)


class TestGivingBack:
    """A role that was taken and given back, an account that was closed and opened."""

    @pytest.fixture
    def admin(self) -> Client:
        client = Client()
        client.force_login(make_user(email="ceo@example.com", role=Role.CEO))
        return client

    def change(self, admin: Client, person: User, **fields: object) -> None:
        groups = [str(group.pk) for group in person.groups.all()]
        form = {"email": person.email, "groups": groups, "is_active": "on", **fields}
        page = reverse("admin:accounts_user_change", args=[person.pk])
        answer = admin.post(page, form)
        assert answer.status_code == 302, answer.context["adminform"].form.errors

    def test_an_account_brings_no_session_back(
        self, admin: Client, person: User, signed_in: Client
    ) -> None:
        self.change(admin, person, is_active="")
        self.change(admin, person)

        assert User.objects.get(pk=person.pk).is_active
        assert not is_inside(signed_in)

    def test_a_role_brings_no_session_back(
        self, admin: Client, person: User, signed_in: Client
    ) -> None:
        manager = [str(Group.objects.get(name=Role.MANAGER).pk)]
        self.change(admin, person, groups=[])
        self.change(admin, person, groups=manager)

        assert User.objects.get(pk=person.pk).role is Role.MANAGER
        assert not is_inside(signed_in)

    def test_another_group_and_another_name_end_nothing(
        self, admin: Client, person: User, signed_in: Client
    ) -> None:
        friends = Group.objects.create(name="Friends of the house")
        person.groups.add(friends)
        self.change(admin, person, first_name="Ann")
        person.groups.remove(friends)
        self.change(admin, person)

        assert is_inside(signed_in)
