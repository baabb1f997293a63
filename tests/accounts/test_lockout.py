"""accounts.lockout: guessing ends, and says nothing about who has an account."""

from datetime import datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher

from accounts import lockout
from accounts.lockout import LockedOutError
from accounts.models import User
from accounts.roles import Role
from tests.factories import NOW, PASSWORD

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
WRONG = "a wrong one"


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann@example.com", PASSWORD)


def attempt(
    name: str = "ann@example.com",
    password: str = WRONG,
    *,
    address: str | None = HERE,
    now: datetime = NOW,
) -> User | None:
    return lockout.check_password(
        username=name, password=password, address=address, now=now
    )


def lock(name: str = "ann@example.com", *, now: datetime = NOW) -> None:
    # A row is stamped by the database's own clock at first, so the last one decides.
    for _ in range(5):
        assert attempt(name, now=now) is None


@pytest.mark.usefixtures("ann")
class TestFiveFailures:
    def test_lock_the_account_for_that_address(self) -> None:
        lock()

        with pytest.raises(LockedOutError, match="try again in 15 minutes"):
            attempt(password=PASSWORD)

    def test_lock_it_for_no_other_address(self, ann: User) -> None:
        lock()

        assert attempt(password=PASSWORD, address=ELSEWHERE) == ann

    def test_lock_no_other_account(self) -> None:
        lock("bob@example.com")

        assert attempt(password=PASSWORD)

    def test_lock_it_whatever_the_case(self) -> None:
        for name in ("ann@example.com", "Ann@example.com", "ANN@EXAMPLE.COM"):
            attempt(name)
        for name in ("ANN@example.com", "ann@EXAMPLE.com"):
            attempt(name)

        with pytest.raises(LockedOutError):
            attempt("aNN@example.com", PASSWORD)

    @pytest.mark.parametrize(
        "other",
        [
            "m\N{LATIN SMALL LETTER DOTLESS I}ssis@example.com",
            "mi\N{LATIN SMALL LETTER LONG S}sis@example.com",
            "m\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}ssis@example.com",
        ],
    )
    def test_are_not_got_around_by_another_way_to_write_a_name(
        self, other: str
    ) -> None:
        User.objects.create_user("missis@example.com", PASSWORD)
        lock("missis@example.com")

        assert attempt(other, PASSWORD) is None

    def test_are_counted_as_the_account_is_found(self) -> None:
        kelvin = "Ann\N{KELVIN SIGN}@example.com"
        annk = User.objects.create_user("annk@example.com", PASSWORD)
        assert attempt(kelvin, PASSWORD) == annk
        lock("annk@example.com")

        with pytest.raises(LockedOutError):
            attempt(kelvin, PASSWORD)

    def test_lock_the_whole_network_of_an_ipv6_address(self, ann: User) -> None:
        for number in range(5):
            attempt(address=f"2001:db8:0:1::{number}")

        with pytest.raises(LockedOutError, match="15 minutes"):
            attempt(password=PASSWORD, address="2001:db8:0:1:ffff::9")
        assert attempt(password=PASSWORD, address="2001:db8:0:2::1") == ann

    def test_of_a_network_are_forgotten_after_a_success(self) -> None:
        for number in range(4):
            attempt(address=f"2001:db8:0:1::{number}")
        lockout.succeed(username="ann@example.com", address="2001:db8:0:1::9")
        attempt(address="2001:db8:0:1::1")

        assert attempt(password=PASSWORD, address="2001:db8:0:1::1")

    def test_lock_it_for_a_quarter_of_an_hour(self, ann: User) -> None:
        lock()

        with pytest.raises(LockedOutError) as refusal:
            attempt(password=PASSWORD, now=NOW + timedelta(minutes=5))
        assert refusal.value.retry_after == 600
        assert attempt(password=PASSWORD, now=NOW + timedelta(minutes=16)) == ann

    def test_are_not_made_more_by_what_is_tried_meanwhile(self, ann: User) -> None:
        lock()
        for minute in range(1, 15):
            with pytest.raises(LockedOutError):
                attempt(now=NOW + timedelta(minutes=minute))

        assert attempt(password=PASSWORD, now=NOW + timedelta(minutes=16)) == ann

    def test_are_forgotten_after_a_success(self) -> None:
        for _ in range(3):
            for _ in range(4):
                attempt()
            attempt(password=PASSWORD)
            lockout.succeed(username="Ann@example.com", address=HERE)

        assert attempt(password=PASSWORD)

    def test_are_not_forgotten_because_a_password_was_right(self) -> None:
        for _ in range(5):
            attempt(password=PASSWORD)
            lockout.fail(username="ann@example.com", address=HERE, now=NOW)

        with pytest.raises(LockedOutError):
            attempt(password=PASSWORD)

    def test_lock_where_no_address_is_known(self) -> None:
        for _ in range(5):
            attempt(address=None)

        with pytest.raises(LockedOutError):
            attempt(address=None, password=PASSWORD)

    def test_lock_a_service_as_well(self) -> None:
        User.objects.create_user("bot@example.com", PASSWORD, role=Role.SERVICE)
        lock("bot@example.com")

        with pytest.raises(LockedOutError):
            attempt("bot@example.com", PASSWORD)


@pytest.mark.usefixtures("ann")
class TestAnUnknownAccount:
    def test_is_locked_as_a_known_one(self) -> None:
        lock("nobody@example.com")

        with pytest.raises(LockedOutError, match="try again in 15 minutes"):
            attempt("nobody@example.com")

    @pytest.mark.parametrize("name", ["ann@example.com", "nobody@example.com"])
    def test_costs_one_hash_as_a_known_one(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        hashed: list[str] = []
        encode = MD5PasswordHasher.encode

        def note(self: MD5PasswordHasher, password: str, salt: str) -> str:
            hashed.append(password)
            return encode(self, password, salt)

        monkeypatch.setattr(MD5PasswordHasher, "encode", note)

        attempt(name)

        assert hashed == [WRONG]

    @pytest.mark.parametrize("name", ["", "ünï@example.com", "x" * 5000])
    def test_may_have_any_name(self, name: str) -> None:
        assert attempt(name) is None


@pytest.mark.usefixtures("ann")
class TestWhatIsKept:
    def test_is_the_name_and_the_address_alone(self) -> None:
        attempt(password="a secret of mine")

        row = AccessAttempt.objects.get()
        assert (row.username, row.ip_address) == ("ann@example.com", HERE)
        assert row.get_data == row.post_data == row.user_agent == row.path_info == ""

    def test_is_one_row_for_a_pair(self) -> None:
        lock()

        assert AccessAttempt.objects.get().failures_since_start == 5

    def test_goes_when_it_is_of_no_use_any_more(self) -> None:
        lock("bob@example.com")

        attempt(now=NOW + timedelta(days=365 * 30))

        assert [row.username for row in AccessAttempt.objects.all()] == [
            "ann@example.com"
        ]
