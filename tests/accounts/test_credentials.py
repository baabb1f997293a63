"""accounts.credentials: a service signs in by secrets that only it knows."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.exceptions import AuthenticationFailed

from accounts import credentials, tokens
from accounts.backends import RoleBackend
from accounts.credentials import PREFIX, AddressError
from accounts.forms import SignInForm
from accounts.models import ServiceSecret, User
from accounts.roles import Role
from accounts.tokens import RefusedTokenError
from tests.accounts.conftest import admitted, refreshed
from tests.factories import NOW, PASSWORD, make_user
from tests.sessions import together

pytestmark = pytest.mark.django_db

ADDRESS = "service-x@example.com"
HOUR = timedelta(hours=1)


def created(*, now: datetime = NOW) -> str:
    return credentials.create(email=ADDRESS, now=now).text


def rotated(*, overlap: timedelta, now: datetime = NOW) -> str:
    return credentials.rotate(email=ADDRESS, overlap=overlap, now=now).text


def holder(text: str, *, email: str = ADDRESS, now: datetime = NOW) -> User | None:
    return credentials.holder(email=email, text=text, now=now)


class TestAServiceAccount:
    def test_is_in_its_role_and_no_password_opens_it(self) -> None:
        made = credentials.create(email="Service-X@Example.com", now=NOW)

        service = User.objects.get(email=ADDRESS)
        assert made.service == service
        assert service.role is Role.SERVICE
        assert not service.has_usable_password()

    @pytest.mark.parametrize("email", ["", "x", "a b@example.com"])
    def test_has_an_address(self, email: str) -> None:
        with pytest.raises(AddressError, match="no e-mail address"):
            credentials.create(email=email, now=NOW)

    def test_has_an_address_of_its_own(self) -> None:
        make_user(email="ann@example.com")

        with pytest.raises(AddressError, match="there is an account"):
            credentials.create(email="ANN@example.com", now=NOW)


class TestASecret:
    def test_opens_its_account_whatever_the_case_of_the_address(self) -> None:
        text = created()

        service = holder(text, email=ADDRESS.upper())
        assert service
        assert service.email == ADDRESS

    def test_is_long_and_another_each_time(self) -> None:
        first, second = created(), rotated(overlap=HOUR)

        assert first != second
        assert {len(first), len(second)} == {len(PREFIX) + 43}

    def test_is_kept_nowhere(self) -> None:
        text = created()

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT accounts_servicesecret::text FROM ONLY accounts_servicesecret"
            )
            (row,) = cursor.fetchone()
        assert text not in row
        assert text.removeprefix(PREFIX) not in row

    def test_is_another_secret_under_another_key(self, settings: Settings) -> None:
        text = created()
        settings.SECRET_KEY = "of a hub that never made this secret, and as long"

        assert holder(text) is None

    def test_opens_no_account_but_its_own(self) -> None:
        text = created()
        make_user(email="other@example.com", role=Role.SERVICE)

        assert holder(text, email="other@example.com") is None

    @pytest.mark.parametrize("text", ["", PREFIX, PREFIX + "x" * 43, "x", "ü"])
    def test_is_not_guessed(self, text: str) -> None:
        created()

        assert holder(text) is None

    def test_opens_no_disabled_account(self) -> None:
        text = created()
        User.objects.filter(email=ADDRESS).update(is_active=False)

        assert holder(text) is None

    def test_opens_nothing_for_who_is_no_service_any_more(self) -> None:
        text = created()
        User.objects.get(email=ADDRESS).groups.set(
            [Group.objects.get(name=Role.MANAGER)]
        )

        assert holder(text) is None

    def test_opens_no_admin(self) -> None:
        text = created()

        form = SignInForm(
            RequestFactory().post("/admin/login/"),
            {"username": ADDRESS, "password": text},
        )

        assert not form.is_valid()
        assert "it uses the API" in str(form.errors)


class TestRotating:
    def test_lets_both_secrets_work_until_the_overlap_ends(self) -> None:
        old, new = created(), rotated(overlap=HOUR)

        before, after = NOW + HOUR - timedelta(seconds=1), NOW + HOUR
        assert holder(old, now=before)
        assert holder(new, now=before)
        assert holder(old, now=after) is None
        assert holder(new, now=after)

    def test_ends_the_old_ones_at_once_without_an_overlap(self) -> None:
        old, new = created(), rotated(overlap=timedelta())

        assert holder(old) is None
        assert holder(new)

    def test_prolongs_nothing(self) -> None:
        old = created()
        rotated(overlap=HOUR)
        rotated(overlap=24 * HOUR)

        assert holder(old, now=NOW + HOUR) is None

    def test_gives_the_first_secret_to_a_service_with_a_password(self) -> None:
        User.objects.create_user(ADDRESS, PASSWORD, role=Role.SERVICE)

        text = rotated(overlap=HOUR)

        for password in (text, PASSWORD):
            assert RoleBackend().authenticate(None, ADDRESS, password)

    @pytest.mark.parametrize("role", [Role.CEO, Role.MANAGER, Role.USER])
    def test_is_for_services_alone(self, role: Role) -> None:
        make_user(email=ADDRESS, role=role)

        with pytest.raises(AddressError, match="no service account"):
            rotated(overlap=HOUR)
        assert not ServiceSecret.objects.exists()

    def test_needs_an_account(self) -> None:
        with pytest.raises(AddressError, match="no service account"):
            rotated(overlap=HOUR)


class TestATokenForASecret:
    """What a service traded its secret for."""

    def test_ends_with_the_secret(self) -> None:
        now = timezone.now()
        service = holder(created(now=now - HOUR), now=now)
        assert service
        pair = tokens.sign_in(user=service, now=now)
        assert admitted(pair["access"]) == service

        rotated(overlap=timedelta(), now=now)

        with pytest.raises(AuthenticationFailed):
            admitted(pair["access"])
        with pytest.raises(RefusedTokenError):
            refreshed(pair["refresh"])

    def test_is_good_while_the_overlap_lasts(self) -> None:
        now = timezone.now()
        service = holder(created(now=now), now=now)
        assert service
        pair = tokens.sign_in(user=service, now=now)

        rotated(overlap=HOUR, now=now)

        assert admitted(pair["access"]) == service
        assert refreshed(pair["refresh"])

    def test_is_no_secrets_when_it_was_given_for_a_password(self) -> None:
        now = timezone.now()
        service = User.objects.create_user(ADDRESS, PASSWORD, role=Role.SERVICE)
        pair = tokens.sign_in(user=service, now=now)

        rotated(overlap=timedelta(), now=now)
        rotated(overlap=timedelta(), now=now)

        assert admitted(pair["access"]) == service


class TestTheLastUse:
    def test_is_noted(self) -> None:
        text = created()
        assert ServiceSecret.objects.get().last_used_at is None

        holder(text, now=NOW + HOUR)

        assert ServiceSecret.objects.get().last_used_at == NOW + HOUR

    def test_is_noted_once_a_minute(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        text = created()
        holder(text)

        with django_assert_num_queries(2):
            holder(text, now=NOW + timedelta(seconds=59))
        assert ServiceSecret.objects.get().last_used_at == NOW
        holder(text, now=NOW + timedelta(seconds=60))
        assert ServiceSecret.objects.get().last_used_at == NOW + timedelta(seconds=60)

    def test_is_a_refresh_as_well(self) -> None:
        now = timezone.now()
        service = holder(created(now=now - HOUR), now=now - HOUR)
        assert service
        pair = tokens.sign_in(user=service, now=now - HOUR)

        tokens.refresh(token=pair["refresh"], now=now)

        assert ServiceSecret.objects.get().last_used_at == now

    def test_is_not_what_was_refused(self) -> None:
        text = created()
        rotated(overlap=timedelta())

        holder(text)

        assert set(ServiceSecret.objects.values_list("last_used_at", flat=True)) == {
            None
        }

    @pytest.mark.django_db(transaction=True)
    def test_lets_many_sign_in_at_the_same_moment(self) -> None:
        text = created()

        assert all(together(8, lambda: holder(text)))
        assert ServiceSecret.objects.get().last_used_at == NOW
