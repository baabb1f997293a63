"""accounts.forms: people sign in to the admin, and services do not."""

import pytest
from django.test import RequestFactory

from accounts.forms import SignInForm
from accounts.models import User
from accounts.roles import Role
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def filled_in(
    role: Role, *, password: str = PASSWORD, active: bool = True
) -> SignInForm:
    User.objects.create_user("a@x.com", PASSWORD, role=role, is_active=active)
    return SignInForm(
        RequestFactory().post("/admin/login/"),
        {"username": "a@x.com", "password": password},
    )


@pytest.mark.parametrize("role", [Role.CEO, Role.MANAGER, Role.USER])
def test_people_are_let_in(role: Role) -> None:
    assert filled_in(role).is_valid()


def test_a_service_is_sent_to_the_api() -> None:
    form = filled_in(Role.SERVICE)

    assert not form.is_valid()
    assert "it uses the API" in str(form.errors)


def test_a_service_with_a_wrong_password_is_told_no_more_than_others() -> None:
    form = filled_in(Role.SERVICE, password="wrong")

    assert not form.is_valid()
    assert "API" not in str(form.errors)


def test_the_disabled_are_not_let_in() -> None:
    assert not filled_in(Role.CEO, active=False).is_valid()
