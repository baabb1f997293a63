"""manage.py create_service: a secret is shown once, and each run is on record."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import credentials
from accounts.models import ServiceSecret, User
from accounts.roles import Role
from audit.models import Record
from tests.conftest import Api
from tests.factories import make_user
from tests.outages import close_audit

pytestmark = pytest.mark.django_db

ADDRESS = "service-x@example.com"


def run(*arguments: str) -> str:
    """Run the command, and return what a pipe behind it would get."""
    out = StringIO()
    call_command("create_service", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def signs_in(secret: str) -> bool:
    answer = Api(None).post("auth/token", {"username": ADDRESS, "password": secret})
    return bool(answer.status_code == 200)


class TestCreating:
    def test_prints_a_secret_that_signs_in(self) -> None:
        secret = run(ADDRESS).removesuffix("\n")

        assert signs_in(secret)
        assert User.objects.get(email=ADDRESS).role is Role.SERVICE

    def test_says_who_signs_in_beside_the_secret(self) -> None:
        out, words = StringIO(), StringIO()

        call_command("create_service", ADDRESS, stdout=out, stderr=words)

        assert ADDRESS in words.getvalue()
        assert out.getvalue().strip() not in words.getvalue()

    def test_is_on_record_without_the_secret(self) -> None:
        secret = run(ADDRESS).strip()

        record = Record.objects.get()
        service = User.objects.get(email=ADDRESS)
        assert (record.action, record.channel) == ("account_create", "command")
        assert (record.actor, record.outcome) == ("memory-hub", "allowed")
        assert record.reason == f"account {service.pk}: a service with its first secret"
        assert secret not in str(vars(record))

    def test_refuses_an_address_that_is_taken_which_is_on_record(self) -> None:
        make_user(email=ADDRESS)

        with pytest.raises(CommandError, match="there is an account"):
            run(ADDRESS)
        assert Record.objects.get().outcome == "refused"

    def test_makes_nothing_that_cannot_be_recorded(self) -> None:
        close_audit()

        with pytest.raises(CommandError, match="could not be recorded"):
            run(ADDRESS)
        assert not User.objects.exists()


class TestRotating:
    def test_prints_another_secret_and_lets_the_old_one_work_on(self) -> None:
        old = run(ADDRESS).strip()

        new = run(ADDRESS, "--rotate").strip()

        assert new != old
        assert signs_in(old)
        assert signs_in(new)
        ends = ServiceSecret.objects.exclude(expires_at=None).get().expires_at
        assert ends
        assert ends - timezone.now() > timedelta(hours=23, minutes=59)

    def test_ends_the_old_one_at_once_with_no_overlap(self) -> None:
        old = run(ADDRESS).strip()

        new = run(ADDRESS, "--rotate", "--overlap", "0").strip()

        assert not signs_in(old)
        assert signs_in(new)

    @pytest.mark.parametrize(
        ("overlap", "span"),
        [
            ("90m", timedelta(minutes=90)),
            ("24h", timedelta(hours=24)),
            ("7d", timedelta(days=7)),
            ("0h", timedelta()),
        ],
    )
    def test_takes_an_overlap_in_words(self, overlap: str, span: timedelta) -> None:
        run(ADDRESS)
        before = timezone.now()

        run(ADDRESS, "--rotate", "--overlap", overlap)

        ends = ServiceSecret.objects.exclude(expires_at=None).get().expires_at
        assert ends
        assert before <= ends - span <= timezone.now()

    @pytest.mark.parametrize("overlap", ["", "24", "1w", "-1h", "h", "1.5h"])
    def test_refuses_what_is_no_span_of_time(self, overlap: str) -> None:
        with pytest.raises(CommandError, match="such as 90m, 24h, 7d or 0"):
            run(ADDRESS, "--rotate", f"--overlap={overlap}")

    def test_is_on_record(self) -> None:
        run(ADDRESS)
        run(ADDRESS, "--rotate")

        record = Record.objects.get(action="account_change")
        service = User.objects.get(email=ADDRESS)
        assert record.reason == f"account {service.pk}: another secret"

    def test_is_for_services_alone(self, ceo: User) -> None:
        with pytest.raises(CommandError, match="no service account"):
            run(ceo.email, "--rotate")


class TestListing:
    def test_says_when_each_secret_was_used_and_ends(self) -> None:
        now = timezone.now().replace(microsecond=0)
        made, used = now - timedelta(days=9), now - timedelta(hours=1)
        old = credentials.create(email=ADDRESS, now=made)
        credentials.holder(email=ADDRESS, text=old.text, now=used)
        credentials.rotate(email=ADDRESS, overlap=timedelta(days=2), now=used)

        service, newer, older = run("--list").splitlines()

        ends = used + timedelta(days=2)
        assert service == ADDRESS
        assert newer.endswith("ends never  last used never")
        assert older == (
            f"  made {made:%Y-%m-%d %H:%M} UTC  ends {ends:%Y-%m-%d %H:%M} UTC"
            f"  last used {used:%Y-%m-%d %H:%M} UTC"
        )

    def test_shows_no_secret(self) -> None:
        secret = run(ADDRESS).strip()

        assert secret not in run("--list")

    def test_names_services_alone_and_the_disabled_as_such(self, ceo: User) -> None:
        make_user(email=ADDRESS, role=Role.SERVICE, is_active=False)

        assert run("--list") == f"{ADDRESS} (disabled)\n"

    def test_is_on_record(self, service: User) -> None:
        run("--list")

        record = Record.objects.get(action="account_list")
        assert (record.actor, record.returned) == ("memory-hub", 1)


def test_an_address_or_a_list_must_be_asked_for() -> None:
    with pytest.raises(CommandError, match="Name the service's"):
        run()


def test_an_overlap_alone_is_a_mistake() -> None:
    with pytest.raises(CommandError, match="--rotate"):
        run(ADDRESS, "--overlap", "1h")
