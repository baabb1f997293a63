"""accounts.second_factor: a code is good once, and what is lost can be replaced."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from accounts.models import User
from accounts.second_factor import WrongCodeError
from tests.factories import NOW


def code_of(app: TOTPDevice, *, steps: int = 0) -> str:
    """Return what an authenticator shows, or showed some steps of 30 s ago."""
    return f"{totp(app.bin_key, drift=steps):06}"


@pytest.fixture
def app(user: User) -> TOTPDevice:
    """A confirmed authenticator that no code was taken of in this half minute."""
    second_factor.begin(user=user)
    return TOTPDevice.objects.get(user=user)


@pytest.fixture
def codes(user: User, app: TOTPDevice) -> list[str]:
    return list(
        second_factor.confirm(
            user=user, code=code_of(app, steps=-1), keep_session=None, now=NOW
        )
    )


class TestSettingUp:
    def test_shows_the_same_secret_until_it_is_confirmed(self, user: User) -> None:
        first = second_factor.begin(user=user)

        assert second_factor.begin(user=user).key == first.key

    def test_goes_by_the_first_of_two_that_were_begun_at_once(
        self, user: User, app: TOTPDevice
    ) -> None:
        TOTPDevice.objects.create(user=user, confirmed=False, name="another")

        assert second_factor.begin(user=user) == app
        second_factor.confirm(user=user, code=code_of(app), keep_session=None, now=NOW)
        assert TOTPDevice.objects.get() == app

    def test_asks_for_nothing_until_it_is_confirmed(
        self, user: User, app: TOTPDevice
    ) -> None:
        assert second_factor.app_of(user) is None

    def test_is_refused_with_a_wrong_code(self, user: User, app: TOTPDevice) -> None:
        with pytest.raises(WrongCodeError):
            second_factor.confirm(user=user, code="000000", keep_session=None, now=NOW)

        assert second_factor.app_of(user) is None

    def test_says_who_and_what_in_the_picture(
        self, user: User, app: TOTPDevice
    ) -> None:
        url = urlsplit(second_factor.url_of(app))

        assert url.path == f"/Memory%20Hub%3A{user.email.replace('@', '%40')}"
        assert parse_qs(url.query) == {
            "secret": [second_factor.secret_of(app)],
            "issuer": ["Memory Hub"],
        }

    def test_gives_recovery_codes_that_are_not_kept(self, codes: list[str]) -> None:
        kept = set(StaticToken.objects.values_list("token", flat=True))

        assert len(set(codes)) == len(kept) == second_factor.RECOVERY_CODES
        assert not kept & {code.replace("-", "") for code in codes}


class TestACode:
    def test_is_good_once(self, user: User, app: TOTPDevice, codes: list[str]) -> None:
        code = code_of(app)

        assert second_factor.verify(user=user, code=f" {code[:3]} {code[3:]} ")
        with pytest.raises(WrongCodeError):
            second_factor.verify(user=user, code=code)

    def test_of_another_account_is_not_good(
        self, app: TOTPDevice, codes: list[str], outsider: User
    ) -> None:
        with pytest.raises(WrongCodeError):
            second_factor.verify(user=outsider, code=codes[0])

    def test_after_a_wrong_one_has_to_wait(
        self, user: User, app: TOTPDevice, codes: list[str]
    ) -> None:
        with pytest.raises(WrongCodeError):
            second_factor.verify(user=user, code="000000")

        with pytest.raises(WrongCodeError, match="too soon"):
            second_factor.verify(user=user, code=code_of(app))


class TestARecoveryCode:
    def test_is_good_once(self, user: User, codes: list[str]) -> None:
        assert second_factor.verify(user=user, code=codes[0].upper())

        with pytest.raises(WrongCodeError):
            second_factor.verify(user=user, code=codes[0])
        assert second_factor.recovery_codes_left(user) == len(codes) - 1

    def test_is_good_while_the_app_has_to_wait(
        self, user: User, codes: list[str]
    ) -> None:
        with pytest.raises(WrongCodeError):
            second_factor.verify(user=user, code="000000")

        assert second_factor.verify(user=user, code=codes[0])


class TestAReset:
    def test_leaves_nothing_to_ask_for(self, user: User, codes: list[str]) -> None:
        second_factor.reset(user=user, but=None, now=NOW)

        assert second_factor.app_of(user) is None
        assert not StaticToken.objects.exists()
