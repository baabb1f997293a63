"""connectors.catching_up with GitHub: what was missed is one with what came in."""

import time
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.actor import Channel, hub
from connectors import catching_up, tasks
from connectors.github import CONNECTOR
from connectors.models import Backfill
from memories.models import Memory
from tests.connectors.delivering import spread, work
from tests.connectors.github.delivering import deliver
from tests.connectors.github.fakes import FakeGithubApi
from tests.connectors.github.payloads import (
    BOB,
    REPOSITORY,
    THING,
    comment,
    event,
    merged,
    pull,
    repository,
    review,
    reviewed,
    thread,
    user,
)

pytestmark = pytest.mark.django_db(transaction=True)

SINCE = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _organization(github: FakeGithubApi) -> None:
    github.repositories = [repository()]
    github.users = {BOB: user(BOB, name="Bob Ray", email=None)}


class TestCatchingUp:
    def catch_up(self) -> None:
        now = timezone.now()
        backfill = catching_up.begin("github", since=SINCE, until=None, now=now)
        actor = hub(Channel.TASK)
        for _ in catching_up.go_on(CONNECTOR, backfill, actor=actor, now=now):
            pass
        spread()

    def story(self, github: FakeGithubApi) -> None:
        github.pulls = {REPOSITORY: [merged()]}
        github.reviews = {42: [review(state="APPROVED")]}
        github.comments = {42: [comment(line=None)]}

    def test_finds_the_memories_that_deliveries_made(
        self, github: FakeGithubApi
    ) -> None:
        self.story(github)
        deliver(
            event("opened", pull()),
            reviewed(review(state="approved")),
            thread(comment(line=None)),
            event("closed", merged()),
        )
        work()
        spread()
        before = {each.external_id: each for each in Memory.objects.all()}

        self.catch_up()

        after = {each.external_id: each for each in Memory.objects.all()}
        assert sorted(map(str, after)) == [
            THING,
            f"{THING}:review:80",
            f"{THING}:thread:10",
        ]
        for name, memory in after.items():
            assert memory.pk == before[name].pk
        assert after[THING].content["decided_by"] == ["Bob Ray"]

    def test_makes_what_deliveries_would_have_made(self, github: FakeGithubApi) -> None:
        self.story(github)

        self.catch_up()
        first = dict(Memory.objects.values_list("external_id", "version"))
        deliver(
            event("opened", pull()),
            reviewed(review(state="approved")),
            event("closed", merged()),
        )
        work()
        spread()

        assert dict(Memory.objects.values_list("external_id", "version")) == first

    def test_goes_on_where_it_was_cut_off(self, github: FakeGithubApi) -> None:
        github.pulls = {REPOSITORY: [pull(number=n) for n in range(1, 9)]}
        now = timezone.now()
        backfill = catching_up.begin("github", since=SINCE, until=None, now=now)
        pages = catching_up.go_on(CONNECTOR, backfill, actor=hub(Channel.TASK), now=now)
        next(pages)
        next(pages)
        pages.close()
        github.asked.clear()

        self.catch_up()

        names = Memory.objects.values_list("external_id", flat=True)
        assert sorted(map(str, names)) == [f"{REPOSITORY}#{n}" for n in range(1, 9)]
        assert not [path for path in github.asked if "user/repos" in path]


class TestANightWithoutCallsLeft:
    @pytest.fixture(autouse=True)
    def _half_a_night(self, github: FakeGithubApi) -> None:
        """Let GitHub ask for an hour in the middle of the second page of two."""
        lately = timezone.now().isoformat()
        times = {"created_at": lately, "updated_at": lately}
        github.pulls = {REPOSITORY: [pull(number=n) | times for n in range(1, 7)]}
        github.headers_of_trouble = {
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": f"{time.time() + 3600:.0f}",
        }
        github.troubles = [""] * 10 + ["403"]

    def test_ends_without_a_wait_and_says_until_when(
        self, slept: list[float], caplog: pytest.LogCaptureFixture
    ) -> None:
        tasks.reconcile()

        assert slept == []
        assert "reconcile_cut_short" in caplog.text
        assert "is to be left alone until" in caplog.text
        assert "Traceback" not in caplog.text
        assert Memory.objects.count() == 3
        assert Backfill.objects.get().cursor

    def test_is_taken_up_again_where_it_ended(self, github: FakeGithubApi) -> None:
        tasks.reconcile()
        github.asked.clear()

        tasks.reconcile()

        assert Memory.objects.count() == 6
        assert not Backfill.objects.filter(finished_at=None).exists()
        first, *_ = github.asked
        assert "page=2" in first.split("&")

    def test_is_given_up_when_two_nights_have_gone_by(self) -> None:
        tasks.reconcile()
        late = timezone.now() + catching_up.RECONCILED

        catching_up.reconcile(CONNECTOR, now=late)

        assert Backfill.objects.filter(finished_at=None).count() == 1

    def test_leaves_other_backfills_to_who_began_them(
        self, github: FakeGithubApi
    ) -> None:
        with pytest.raises(CommandError, match=r"until .* UTC\. Run this again"):
            call_command("backfill", "github", "--since", "2026-06-01")

        tasks.reconcile()

        assert Backfill.objects.filter(finished_at=None).count() == 1
