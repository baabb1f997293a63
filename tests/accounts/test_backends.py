"""accounts.backends: people sign in by address, and only the CEO has permissions."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Role
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def signed_in(address: str, password: str = PASSWORD) -> object:
    return authenticate(HttpRequest(), username=address, password=password)


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann@example.com", PASSWORD)


class TestSigningIn:
    def test_works_whatever_the_case_of_the_address(self, ann: User) -> None:
        assert signed_in("Ann@Example.com") == ann

    def test_needs_the_password(self, ann: User) -> None:
        assert signed_in("ann@example.com", PASSWORD.upper()) is None

    def test_is_not_for_the_disabled(self, ann: User) -> None:
        User.objects.update(is_active=False)

        assert signed_in("ann@example.com") is None

    @pytest.mark.parametrize("address", ["___@example.com", "%", ""])
    def test_takes_no_pattern_for_an_address(self, ann: User, address: str) -> None:
        assert signed_in(address) is None


class TestAPermission:
    @pytest.mark.parametrize("role", Role)
    def test_is_the_ceos_alone(self, role: Role) -> None:
        somebody = make_user(role=role)

        assert somebody.has_perm("accounts.change_user") is (role is Role.CEO)
        assert somebody.has_perms(["audit.view_record"]) is (role is Role.CEO)
        assert somebody.has_module_perms("accounts") is (role is Role.CEO)

    def test_ends_with_the_account(self, ceo: User) -> None:
        ceo.is_active = False

        assert not ceo.has_perm("accounts.change_user")
        assert not ceo.has_module_perms("accounts")

    def test_is_not_for_strangers(self) -> None:
        assert not AnonymousUser().has_perm("accounts.change_user")
        assert not AnonymousUser().has_module_perms("accounts")
