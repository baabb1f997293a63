"""manage.py let_in: who was locked out comes in again, and that is on record."""

import pytest
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import lockout, second_factor
from accounts.lockout import LockedOutError
from accounts.models import User
from audit.models import Record
from tests.accounts.test_second_factor import code_of
from tests.factories import NOW, PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    """Somebody with a second factor who is locked out."""
    ann = User.objects.create_user("ann@example.com", PASSWORD)
    app = second_factor.begin(user=ann)
    code = code_of(app, steps=-1)
    second_factor.confirm(user=ann, code=code, keep_session=None, now=NOW)
    for _ in range(5):
        lockout.fail(username=ann.email, address="192.0.2.1", now=NOW)
    with pytest.raises(LockedOutError):
        attempt()
    return ann


def attempt() -> User | None:
    return lockout.check_password(
        username="ann@example.com", password=PASSWORD, address="192.0.2.1", now=NOW
    )


def test_failures_are_forgotten(ann: User) -> None:
    call_command("let_in", "Ann@example.com", stdout=None)

    assert attempt() == ann
    assert TOTPDevice.objects.exists()


def test_the_second_factor_goes_if_that_is_asked(ann: User) -> None:
    call_command("let_in", "ann@example.com", "--second-factor")

    assert attempt() == ann
    assert not TOTPDevice.objects.exists()


@pytest.mark.parametrize(
    ("options", "action"),
    [([], "lockout_reset"), (["--second-factor"], "second_factor_reset")],
)
def test_it_is_on_record(ann: User, options: list[str], action: str) -> None:
    call_command("let_in", "ann@example.com", *options)

    record = Record.objects.get()
    assert (record.action, record.channel) == (action, "command")
    assert record.reason == f"account {ann.pk}"


def test_a_stranger_is_named() -> None:
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("let_in", "bob@x.com")
