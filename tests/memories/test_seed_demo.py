"""The demo company: who is in it, what it remembers, and that it is made once."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test.utils import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.roles import Role
from audit.models import Record
from journal.models import Entry
from memories.demo import company, seeding
from memories.models import Memory

LOGINS = {
    "ceo@demo.test": Role.CEO,
    "manager@demo.test": Role.MANAGER,
    "user@demo.test": Role.USER,
    "outsider@demo.test": Role.USER,
    "service-gong@demo.test": Role.SERVICE,
}
PASSWORD = "a password for the demo"
QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="module", autouse=True)
def _seeded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Seed once for all tests here, in a transaction that is rolled back."""
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as environment,
        override_settings(PASSWORD_HASHERS=QUICK),
        transaction.atomic(),
    ):
        environment.setenv("DEMO_PASSWORD", PASSWORD)
        seed_demo()
        yield
        transaction.set_rollback(True)


def seed_demo() -> str:
    said = StringIO()
    call_command("seed_demo", stdout=said)
    return said.getvalue()


def remembered(key: str) -> Memory:
    return Memory.objects.get(external_id=f"demo/{key}")


def written() -> tuple[int, int, int, int]:
    """Count what a run that does anything would add to or change."""
    return (
        Memory.objects.count(),
        Entry.objects.count(),
        Record.objects.count(),
        User.objects.count(),
    )


def test_each_login_is_in_its_role_and_signs_in() -> None:
    accounts = {user.email: user for user in User.objects.filter(email__in=LOGINS)}

    assert {email: user.role for email, user in accounts.items()} == LOGINS
    assert all(user.check_password(PASSWORD) for user in accounts.values())


def test_colleagues_cannot_sign_in() -> None:
    colleagues = User.objects.exclude(email__in=LOGINS)

    assert len(colleagues) >= 10
    assert not any(user.has_usable_password() for user in colleagues)
    assert all(user.first_name and user.last_name for user in colleagues)


def test_there_is_about_as_much_of_each_type_as_wanted() -> None:
    counts = Counter(Memory.objects.values_list("type", flat=True))

    assert counts.keys() == company.WANTED.keys()
    for type_, wanted in company.WANTED.items():
        assert counts[type_] == pytest.approx(wanted, rel=0.05)


def test_every_tool_has_its_part() -> None:
    counts = Counter(Memory.objects.values_list("source", flat=True))

    assert counts.keys() == {"slack", "gong", "github", "linear", "api", "admin"}
    assert all(counts[tool] >= 150 for tool in ("slack", "gong", "github", "linear"))


def test_everything_happened_within_the_last_twelve_months() -> None:
    now = timezone.now()
    moments = Memory.objects.values_list("occurred_at", flat=True)

    assert min(moments) > now - timedelta(days=365)
    assert max(moments) < now


def test_both_plain_users_have_memories_of_their_own() -> None:
    owned = Counter(Memory.objects.values_list("owner__email", flat=True))

    assert owned["user@demo.test"] >= 100
    assert owned["outsider@demo.test"] >= 30
    assert max(owned.values()) < 300


def test_hardly_any_message_is_said_twice() -> None:
    messages = Memory.objects.of_type("chat").values_list("content__message", flat=True)

    assert len(set(messages)) > 0.97 * len(messages)


def test_no_sentence_has_a_gap_left() -> None:
    texts = (f"{memory.title} {memory.content}" for memory in Memory.objects.all())

    assert not [text for text in texts if "{d" in text or "|" in text]


def test_the_reversal_names_the_decision_that_it_supersedes() -> None:
    per_seat, reversal = remembered("pricing-per-seat"), remembered("pricing-reversal")

    assert reversal.content["supersedes"] == str(per_seat.pk)
    assert per_seat.content["status"] == "superseded"
    assert per_seat.occurred_at < reversal.occurred_at


def test_evidence_is_older_than_what_rests_on_it() -> None:
    moments = {
        str(pk): moment
        for pk, moment in Memory.objects.values_list("pk", "occurred_at")
    }
    resting = Memory.objects.filter(content__has_key="evidence").exclude(
        content__evidence=[]
    )

    assert resting.count() > 50
    for memory in resting:
        for evidence in memory.content["evidence"]:
            assert moments[evidence] < memory.occurred_at, memory.title


@pytest.mark.parametrize("customer", ["acme", "globex", "initech"])
def test_each_story_runs_through_the_tools(customer: str) -> None:
    story = Memory.objects.filter(tags__contains=[customer])

    assert story.count() >= 10
    assert {"slack", "gong"} <= set(story.values_list("source", flat=True))


def test_the_renewal_of_acme_comes_after_its_fall_and_rise() -> None:
    calls = Memory.objects.filter(
        source="gong", type="event", tags__contains=["acme"]
    ).order_by("occurred_at")
    feelings = [call.content["sentiment"] for call in calls]
    lowest = feelings.index(min(feelings))

    assert feelings[0] > 0 > feelings[lowest] < feelings[-1]
    assert 0 < lowest < len(feelings) - 1


def test_a_second_run_changes_nothing() -> None:
    before = written()

    said = seed_demo()

    assert written() == before
    assert said == "the demo company is there\n"


@pytest.mark.django_db
def test_an_interrupted_run_is_taken_up_where_it_stopped() -> None:
    before = Memory.objects.count()
    latest = Memory.objects.order_by("-id").values_list("pk", flat=True)[:300]
    Memory.objects.filter(pk__in=list(latest)).delete()

    seed_demo()

    assert Memory.objects.count() == before
    assert not Memory.objects.filter(version__gt=1).exists()
    assert seeding.is_complete()


@pytest.mark.django_db
def test_an_interrupted_run_goes_on_with_the_day_on_which_it_began() -> None:
    remembered("last").delete()
    before = written()

    seeding.store_memories(now=timezone.now() + timedelta(days=3), report=print)

    assert Memory.objects.count() == before[0] + 1
    assert not Memory.objects.filter(version__gt=1).exists()


@pytest.mark.django_db
def test_another_password_opens_the_accounts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "another one")

    seed_demo()

    assert all(
        user.check_password("another one")
        for user in User.objects.filter(email__in=LOGINS)
    )


@pytest.mark.django_db
def test_a_login_that_is_gone_comes_back_without_memories() -> None:
    User.objects.get(email="outsider@demo.test").delete()

    seed_demo()

    assert User.objects.get(email="outsider@demo.test").memories.count() == 0


def test_without_a_password_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DEMO_PASSWORD")

    with pytest.raises(CommandError, match="DEMO_PASSWORD is not set"):
        seed_demo()


def test_the_same_day_gives_the_same_year() -> None:
    assert company.year(date(2026, 3, 2)) == company.year(date(2026, 3, 2))


@pytest.mark.parametrize("day", range(7))
def test_the_year_fits_whatever_day_it_is_told_on(day: int) -> None:
    today = date(2028, 2, 20) + timedelta(days=day)
    midnight = datetime.combine(today, datetime.min.time(), UTC)

    moments = [sketch.occurred_at for sketch in company.year(today)]

    assert max(moments) < midnight
    assert min(moments) > midnight - timedelta(days=365)


def test_other_days_give_the_same_memories_at_other_times() -> None:
    keys = {sketch.key for sketch in company.year(date(2026, 3, 2))}

    assert {sketch.key for sketch in company.year(date(2026, 7, 19))} == keys
