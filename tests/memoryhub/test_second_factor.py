"""memoryhub.second_factor: people set theirs up, and the CEO resets what is lost."""

import re
from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts import second_factor
from accounts.models import User
from audit.models import Record
from tests.accounts.test_second_factor import code_of
from tests.conftest import Api

PAGE, INDEX = "/admin/second-factor/", "/admin/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def required(settings: Settings) -> None:
    settings.ADMIN_TWO_FACTOR = "required"


def visiting(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def set_up(client: Client, user: User) -> list[str]:
    """Set an authenticator up, and return the recovery codes that are shown."""
    client.get(PAGE)
    app = TOTPDevice.objects.get(user=user)
    page = client.post(PAGE, {"code": code_of(app, steps=-1)}).text
    return re.findall(r"<li>([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})</li>", page)


def reset_page(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/second-factor/"


class TestSettingOneUp:
    def test_shows_a_picture_and_the_secret(self, user: User) -> None:
        page = visiting(user).get(PAGE).text

        assert "<svg" in page
        assert second_factor.secret_of(TOTPDevice.objects.get()) in page

    def test_shows_the_recovery_codes_once(self, user: User) -> None:
        client = visiting(user)

        codes = set_up(client, user)

        assert len(codes) == second_factor.RECOVERY_CODES
        again = client.get(PAGE).text
        assert "10 recovery codes are left" in again
        assert not any(code in again for code in codes)

    def test_is_refused_with_a_wrong_code(self, user: User) -> None:
        client = visiting(user)
        client.get(PAGE)

        assert "This code is wrong" in client.post(PAGE, {"code": "000000"}).text

    def test_is_not_guessed(self, user: User) -> None:
        client = visiting(user)
        client.get(PAGE)
        for _ in range(5):
            client.post(PAGE, {"code": "000000"})
        app = TOTPDevice.objects.get()
        TOTPDevice.objects.update(throttling_failure_count=0)

        told = client.post(PAGE, {"code": code_of(app)}).text

        assert "try again in 15 minutes" in told
        assert second_factor.app_of(user) is None
        refused = Record.objects.filter(action="second_factor_set").order_by("seq")
        reasons = [record.reason for record in refused]
        assert reasons == ["otp_refused"] * 5 + ["locked_out"]

    def test_is_on_record(self, user: User) -> None:
        set_up(visiting(user), user)

        assert Record.objects.filter(action="second_factor_set").count() == 1

    def test_ends_the_other_sessions(self, user: User) -> None:
        here, elsewhere = visiting(user), visiting(user)

        set_up(here, user)

        assert here.get(INDEX).status_code == 200
        assert elsewhere.get(INDEX).status_code == 302

    def test_ends_the_tokens_that_the_password_was_enough_for(
        self, user: User, api: Callable[[User], Api]
    ) -> None:
        theirs = api(user)
        assert theirs.get("stats").status_code == 200

        set_up(visiting(user), user)

        assert theirs.get("stats").status_code == 401

    def test_is_for_those_who_are_in(self, client: Client, db: None) -> None:
        assert client.get(PAGE)["Location"] == "/admin/login/"

    def test_is_in_the_menu(self, user: User) -> None:
        assert f'href="{PAGE}"' in visiting(user).get(INDEX).text


class TestTakingOneOff:
    def test_takes_a_code(self, user: User) -> None:
        client = visiting(user)
        codes = set_up(client, user)

        client.post(PAGE, {"code": "000000"})
        assert second_factor.app_of(user)
        client.post(PAGE, {"code": codes[0]})

        assert second_factor.app_of(user) is None
        assert client.get(INDEX).status_code == 200
        found = Record.objects.filter(action="second_factor_taken_off").order_by("seq")
        assert [record.outcome for record in found] == ["refused", "allowed"]


@pytest.mark.usefixtures("required")
class TestARequiredOne:
    @pytest.mark.parametrize(
        "path", [INDEX, "/admin/memories/chatmemory/", "/admin/password_change/"]
    )
    def test_is_led_to_from_everywhere(self, user: User, path: str) -> None:
        answer = visiting(user).get(path, follow=True)

        assert answer.redirect_chain[-1][0] == PAGE
        assert "Set up an authenticator app" in answer.text

    def test_opens_the_admin_once_it_is_set_up(self, user: User) -> None:
        client = visiting(user)

        set_up(client, user)

        assert client.get(INDEX).status_code == 200

    def test_can_be_left_by_signing_out(self, user: User) -> None:
        client = visiting(user)

        client.post("/admin/logout/")

        assert client.get(PAGE)["Location"] == "/admin/login/"

    def test_is_asked_for_by_a_session_that_has_not_seen_it(self, user: User) -> None:
        set_up(visiting(user), user)
        other = visiting(user)

        answer = other.get(INDEX, follow=True)

        assert answer.redirect_chain[-1][0].startswith("/admin/login/")
        assert "_auth_user_id" not in other.session
        assert other.get(PAGE).status_code == 302


@pytest.mark.parametrize("has_one", [True, False])
def test_a_required_one_is_the_viewers(
    ceo: User, user: User, settings: Settings, has_one: bool
) -> None:
    if has_one:
        set_up(visiting(ceo), ceo)
    else:
        set_up(visiting(user), user)
    client = visiting(User.objects.get(pk=ceo.pk))
    client.post("/admin/view-as/", {"email": user.email})
    settings.ADMIN_TWO_FACTOR = "required"

    answer = client.get(INDEX, follow=True)

    last = answer.redirect_chain[-1][0]
    assert last.startswith("/admin/login/") if has_one else last == PAGE
    assert Record.objects.filter(action="view_as_end").count() == 1


class TestAReset:
    @pytest.fixture
    def theirs(self, user: User) -> Client:
        """A session of somebody with a second factor."""
        client = visiting(user)
        set_up(client, user)
        return client

    def test_takes_it_off_and_ends_the_sessions(
        self, theirs: Client, user: User, ceo: User
    ) -> None:
        client = visiting(ceo)
        assert user.email in client.get(reset_page(user)).text
        assert second_factor.app_of(user)

        client.post(reset_page(user))

        assert second_factor.app_of(user) is None
        assert theirs.get(INDEX).status_code == 302

    def test_ends_the_tokens(
        self, theirs: Client, user: User, ceo: User, api: Callable[[User], Api]
    ) -> None:
        found = api(User.objects.get(pk=user.pk))
        assert found.get("stats").status_code == 200

        visiting(ceo).post(reset_page(user))

        assert found.get("stats").status_code == 401

    def test_is_on_record(self, theirs: Client, user: User, ceo: User) -> None:
        visiting(ceo).post(reset_page(user))

        record = Record.objects.get(action="second_factor_reset")
        assert (record.actor_id, record.reason) == (ceo.pk, f"account {user.pk}")
        assert LogEntry.objects.get().object_id == str(user.pk)

    def test_is_reached_from_the_account(
        self, theirs: Client, user: User, ceo: User
    ) -> None:
        page = visiting(ceo).get(f"/admin/accounts/user/{user.pk}/change/")

        assert f'href="{reset_page(user)}"' in page.text

    def test_is_the_ceos_alone(self, theirs: Client, user: User, manager: User) -> None:
        assert visiting(manager).post(reset_page(user)).status_code == 403
        assert second_factor.app_of(user)

    def test_lets_the_password_in_alone(self, user: User, ceo: User) -> None:
        second_factor.begin(user=user)

        visiting(ceo).post(reset_page(user))

        assert not TOTPDevice.objects.exists()


def test_nothing_of_the_libraries_is_in_the_admin(ceo: User) -> None:
    page = visiting(ceo).get(INDEX).text

    assert not re.search(r"/admin/(axes|otp_)", page)
    assert visiting(ceo).get("/admin/axes/accessattempt/").status_code == 404
