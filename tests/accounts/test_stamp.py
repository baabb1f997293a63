"""User.stamp: sessions and tokens end with what they were given for, and for good."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from accounts import tokens
from accounts.models import User
from accounts.roles import Role
from accounts.tokens import RefusedTokenError
from tests.accounts.conftest import admitted, refreshed
from tests.factories import PASSWORD

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


def lose_role(person: User) -> None:
    person.groups.remove(Group.objects.get(name=Role.MANAGER))


def regain_role(person: User) -> None:
    person.groups.add(Group.objects.get(name=Role.MANAGER))


def lead(person: User) -> None:
    person.groups.add(Group.objects.get(name=Role.CEO))


def lead_no_more(person: User) -> None:
    person.groups.remove(Group.objects.get(name=Role.CEO))


def enable(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=True)


type Deed = Callable[[User], None]


@pytest.fixture(
    params=[(lose_role, regain_role), (lead, lead_no_more), (disable, enable)],
    ids=["a role", "a role for a while", "an account"],
)
def there_and_back(request: pytest.FixtureRequest) -> Deed:
    """Take something from a person, or give it, and undo that."""
    there, back = request.param

    def do(person: User) -> None:
        there(person)
        back(person)

    return do


class TestWhatIsGivenBack:
    def test_brings_no_session_back(
        self, person: User, signed_in: Client, there_and_back: Deed
    ) -> None:
        there_and_back(person)

        assert User.objects.get(pk=person.pk).is_active
        assert User.objects.get(pk=person.pk).role is Role.MANAGER
        assert not is_inside(signed_in)

    def test_brings_no_token_back(self, person: User, there_and_back: Deed) -> None:
        pair = tokens.sign_in(user=person, now=timezone.now())
        there_and_back(person)

        with pytest.raises(AuthenticationFailed):
            admitted(pair["access"])
        with pytest.raises(RefusedTokenError):
            refreshed(pair["refresh"])

    def test_is_not_undone_by_who_saves_what_they_read_before(
        self, person: User, signed_in: Client, there_and_back: Deed
    ) -> None:
        read_before = User.objects.get(pk=person.pk)
        there_and_back(person)

        read_before.save()

        assert not is_inside(signed_in)


def test_leaving_another_group_ends_nothing(person: User, signed_in: Client) -> None:
    friends = Group.objects.create(name="Friends of the house")
    person.groups.add(friends)
    person.groups.remove(friends)

    assert is_inside(signed_in)
