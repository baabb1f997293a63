"""accounts.models: an account has one address and one role."""

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError

from accounts.models import User
from accounts.roles import Role
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


class TestAnAddress:
    def test_belongs_to_one_account_whatever_its_case(self) -> None:
        make_user(email="ann@example.com")

        with pytest.raises(IntegrityError, match="accounts_user_email"):
            make_user(email="Ann@Example.com")

    def test_is_refused_in_a_form_with_a_sentence(self) -> None:
        make_user(email="ann@example.com")
        another = User(email="ANN@example.com", password=PASSWORD)

        with pytest.raises(ValidationError, match="There is an account with this"):
            another.full_clean()

    def test_is_found_whatever_its_case(self) -> None:
        ann = make_user(email="Ann@example.com")

        assert User.objects.get_by_natural_key("aNN@EXAMPLE.com") == ann

    def test_is_found_beside_one_that_only_capitals_make_the_same(self) -> None:
        plain = make_user(email="missis@example.com")
        other = make_user(email="m\N{LATIN SMALL LETTER DOTLESS I}ssis@example.com")

        assert User.objects.get_by_natural_key(plain.email) == plain
        assert User.objects.get_by_natural_key(other.email) == other

    def test_is_kept_in_lower_case(self) -> None:
        assert User.objects.create_user("Ann@Example.COM").email == "ann@example.com"


class TestAnAccount:
    def test_is_made_in_a_role(self) -> None:
        bot = User.objects.create_user("bot@example.com", role=Role.SERVICE)

        assert User.objects.get(pk=bot.pk).role is Role.SERVICE

    def test_is_a_plain_users_unless_something_else_is_said(self) -> None:
        assert User.objects.create_user("ann@example.com").role is Role.USER

    def test_opens_to_its_password_and_to_none_without(self) -> None:
        ann = User.objects.create_user("ann@example.com", PASSWORD)
        bob = User.objects.create_user("bob@example.com")

        assert ann.check_password(PASSWORD)
        assert not bob.has_usable_password()

    def test_is_the_ceos_when_it_is_the_first_of_a_hub(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

        call_command("createsuperuser", email="Boss@x.com", interactive=False)

        boss = User.objects.get(email="boss@x.com")
        assert boss.role is Role.CEO
        assert boss.check_password(PASSWORD)


class TestTheRole:
    @pytest.mark.parametrize(
        ("groups", "role"),
        [
            ([], Role.USER),
            (["Friends of the house"], Role.USER),
            ([Role.USER], Role.USER),
            ([Role.SERVICE, Role.USER], Role.SERVICE),
            ([Role.USER, Role.MANAGER], Role.MANAGER),
            ([Role.SERVICE, Role.MANAGER], Role.MANAGER),
            ([Role.MANAGER, "Friends of the house", Role.CEO], Role.CEO),
        ],
    )
    def test_is_the_mightiest_group(self, groups: Sequence[str], role: Role) -> None:
        ann = User.objects.create(email="ann@example.com")
        ann.groups.set(Group.objects.get_or_create(name=name)[0] for name in groups)

        assert ann.role is role


class TestTheRolesGroups:
    @pytest.mark.django_db(transaction=True)
    def test_are_there_after_a_flush(self) -> None:
        call_command("flush", interactive=False, verbosity=0)

        assert set(Group.objects.values_list("name", flat=True)) == set(Role)

    def test_are_there_after_a_migration(self) -> None:
        Group.objects.all().delete()

        call_command("migrate", verbosity=0)
        call_command("migrate", verbosity=0)

        assert sorted(Group.objects.values_list("name", flat=True)) == sorted(Role)
