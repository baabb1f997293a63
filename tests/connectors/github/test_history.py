"""connectors.github.history: what GitHub's API tells, whatever troubles it has."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.utils import timezone

from accounts.actor import Channel, hub
from connectors import catching_up
from connectors.base import Known, Page, Part, Span, UnreadableError
from connectors.github import CONNECTOR
from connectors.github.history import RETRIES, history
from connectors.github.rules import GithubRules
from memories.models import Memory
from tests.connectors.delivering import spread, work
from tests.connectors.github.delivering import deliver
from tests.connectors.github.payloads import (
    ANN,
    BOB,
    LATER,
    OPENED,
    REPOSITORY,
    THING,
    closed,
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
from tests.fakes import FakeGithubApi

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
SPAN = Span(since=SINCE, until=SINCE + timedelta(days=9))
EVERYTHING = [
    *(f"acme/api#{n}" for n in (1, 2)),
    *(f"acme/hub#{n}" for n in range(1, 9)),
]


def at(minute: int) -> str:
    return f"2026-06-01T12:{minute:02}:00Z"


def parts(pages: Sequence[Page]) -> list[Part]:
    return [part for page in pages for part in page.parts]


def things(pages: Sequence[Page]) -> list[str]:
    return sorted(part.thing for part in parts(pages) if part.key == "pull_request")


def keys(pages: Sequence[Page]) -> list[str]:
    return [part.key for part in parts(pages)]


@pytest.fixture(autouse=True)
def _organization(github: FakeGithubApi) -> None:
    github.repositories = [repository(), repository("acme/api")]
    github.pulls = {
        REPOSITORY: [pull(number=n, updated_at=at(n)) for n in range(1, 9)],
        "acme/api": [pull(number=n, repo="acme/api") for n in (1, 2)],
    }
    github.users = {
        ANN: user(ANN, name="Ann Lee", email="ann@x.com"),
        BOB: user(BOB, name="Bob Ray", email=None),
    }


class TestAHistory:
    def test_has_every_pull_request_of_every_page(self) -> None:
        assert things(list(history(SPAN, GithubRules()))) == EVERYTHING

    def test_has_reviews_comments_and_who_merged(self, github: FakeGithubApi) -> None:
        github.pulls = {REPOSITORY: [merged()]}
        github.reviews = {42: [review(id_=n, state="APPROVED") for n in range(1, 6)]}
        github.comments = {42: [comment(id_=n, line=None) for n in range(1, 6)]}

        pages = list(history(SPAN, GithubRules(repositories=[REPOSITORY])))

        assert keys(pages) == [
            "pull_request",
            "merger",
            *(f"review:{n}" for n in range(1, 6)),
            *(f"comment:{n}" for n in range(1, 6)),
        ]
        assert {(part.data or {}).get("state") for part in parts(pages)} == {
            None,
            "approved",
        }

    def test_knows_people_as_they_show_themselves(self, github: FakeGithubApi) -> None:
        github.pulls = {REPOSITORY: [merged(), merged(number=43, user=user("gone"))]}

        pages = list(history(SPAN, GithubRules(emails={"bobray": "bob@x.com"})))

        assert [known for page in pages for known in page.people] == [
            Known(id=ANN, name="Ann Lee", email="ann@x.com"),
            Known(id=BOB, name="Bob Ray", email="bob@x.com"),
        ]
        assert len([path for path in github.asked if "users/" in path]) == 3

    def test_says_how_far_it_is(self) -> None:
        pages = list(history(SPAN, GithubRules()))

        assert [(page.done, page.total) for page in pages] == [
            (0, 2),
            (0, 2),
            (0, 2),
            (1, 2),
            (2, 2),
        ]
        assert [page.cursor is None for page in pages] == [False] * 4 + [True]

    def test_goes_on_from_any_cursor(self) -> None:
        pages = list(history(SPAN, GithubRules()))

        for number, page in enumerate(pages[:-1], start=1):
            span = Span(since=SPAN.since, until=SPAN.until, cursor=page.cursor)
            rest = list(history(span, GithubRules()))
            assert parts(rest) == parts(pages[number:])

    def test_keeps_to_its_span(self, github: FakeGithubApi) -> None:
        span = Span(since=datetime(2026, 6, 1, 12, 5, tzinfo=UTC), until=SPAN.until)
        github.pulls[REPOSITORY][7] |= {"created_at": "2026-06-20T00:00:00Z"}

        rules = GithubRules(repositories=[REPOSITORY])

        assert things(list(history(span, rules))) == [
            f"{REPOSITORY}#{n}" for n in (5, 6, 7)
        ]
        assert not [path for path in github.asked if "page=3" in path.split("&")]

    def test_keeps_to_the_repositories_that_the_rules_allow(
        self, github: FakeGithubApi
    ) -> None:
        pages = list(history(SPAN, GithubRules(repositories=["acme/a*"])))

        assert things(pages) == EVERYTHING[:2]
        assert not [path for path in github.asked if "acme/hub" in path]

    def test_asks_for_no_list_where_the_rules_are_one(
        self, github: FakeGithubApi
    ) -> None:
        list(history(SPAN, GithubRules(repositories=[REPOSITORY])))

        assert not [path for path in github.asked if "user/repos" in path]

    def test_of_no_repository_is_empty(self) -> None:
        (page,) = history(SPAN, GithubRules(repositories=[]))

        assert page.cursor is None

    def test_lists_what_an_app_is_installed_for(
        self, github: FakeGithubApi, settings: pytest.FixtureRequest
    ) -> None:
        api = {"url": github.url, "token": "ghs_1"}
        settings.CONNECTOR_APIS = settings.CONNECTOR_APIS | {"github": api}  # type: ignore[attr-defined]
        github.repositories *= 3

        list(history(SPAN, GithubRules(repositories=["none*"])))

        assert github.asked == [
            "/installation/repositories?per_page=100",
            "/installation/repositories?per_page=100&page=2",
        ]

    def test_leaves_out_bots_and_what_nobody_can_read(
        self, github: FakeGithubApi, caplog: pytest.LogCaptureFixture
    ) -> None:
        bot = user("dependabot[bot]", type="Bot")
        github.pulls = {
            REPOSITORY: [pull(), pull(number=43, user=bot), pull(number=44, state=None)]
        }
        github.reviews = {42: [review() | {"user": bot}]}
        github.comments = {42: [comment() | {"user": bot}]}

        assert keys(list(history(SPAN, GithubRules()))) == ["pull_request"]
        assert "github_pull_unreadable" in caplog.text

    @pytest.mark.parametrize("status", [403, 404, 451])
    def test_goes_past_what_is_out_of_reach(
        self, github: FakeGithubApi, caplog: pytest.LogCaptureFixture, status: int
    ) -> None:
        github.errors = {
            "/repos/acme/api/pulls": status,
            f"/repos/{REPOSITORY}/pulls/3/reviews": status,
        }

        assert things(list(history(SPAN, GithubRules()))) == [
            f"{REPOSITORY}#{n}" for n in range(1, 9) if n != 3
        ]
        assert "github_repository_out_of_reach" in caplog.text
        assert "github_pull_out_of_reach" in caplog.text

    def test_has_no_character_that_postgresql_lacks(
        self, github: FakeGithubApi
    ) -> None:
        github.pulls = {REPOSITORY: [pull("a\x00b")]}

        (part,) = parts(list(history(SPAN, GithubRules())))

        assert part.data
        assert part.data["title"] == "a\ufffdb"


class TestTrouble:
    @pytest.fixture(autouse=True)
    def slept(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """How long it was to be waited each time, which nobody has time for here."""
        slept: list[float] = []
        monkeypatch.setattr(time, "sleep", slept.append)
        return slept

    @pytest.mark.parametrize("trouble", ["429", "403", "500", "502", "lost", "cut"])
    def test_is_overcome(self, github: FakeGithubApi, trouble: str) -> None:
        github.troubles = [trouble, "", trouble, trouble, "", "", trouble]

        assert things(list(history(SPAN, GithubRules()))) == EVERYTHING

    @pytest.mark.parametrize("status", ["429", "403"])
    def test_waits_as_long_as_github_says(
        self, github: FakeGithubApi, slept: list[float], status: str
    ) -> None:
        reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}
        for headers, least, most in (
            ({"Retry-After": "7"}, 7, 7),
            (reset, 1, 1),
            (reset | {"X-RateLimit-Reset": f"{time.time() + 90:.0f}"}, 85, 95),
            (reset | {"X-RateLimit-Reset": "99999999999"}, 3600, 3600),
            ({"X-RateLimit-Remaining": "0"}, 60, 60),
        ):
            github.troubles, github.headers_of_trouble = [status], headers
            list(history(SPAN, GithubRules()))
            assert least <= slept[-1] <= most

    def test_waits_longer_each_time(
        self, github: FakeGithubApi, slept: list[float]
    ) -> None:
        github.troubles = ["500", "lost", "502", "cut"]

        list(history(SPAN, GithubRules()))

        assert slept == [1, 2, 4, 8]

    @pytest.mark.parametrize("status", ["403", "429", "500"])
    def test_that_stays_is_told(self, github: FakeGithubApi, status: str) -> None:
        rules = GithubRules(repositories=[REPOSITORY])
        github.troubles = [status] * (RETRIES + 1)

        with pytest.raises(httpx.HTTPStatusError, match=status):
            list(history(SPAN, rules))

    def test_that_nobody_answers_is_told(self, github: FakeGithubApi) -> None:
        github.troubles = ["lost"] * (RETRIES + 1)

        with pytest.raises(httpx.TransportError):
            list(history(SPAN, GithubRules()))

    def test_of_a_token_that_was_revoked_is_told_at_once(
        self, github: FakeGithubApi
    ) -> None:
        github.errors["/user/repos"] = 401

        with pytest.raises(httpx.HTTPStatusError, match="401"):
            list(history(SPAN, GithubRules()))

        assert len(github.asked) == 1

    def test_of_another_kind_of_answer_is_told(
        self, github: FakeGithubApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(github, "answer", lambda _: {"message": "hello"})

        with pytest.raises(UnreadableError, match="no list"):
            list(history(SPAN, GithubRules()))


@pytest.mark.django_db(transaction=True)
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
        now = timezone.now()
        backfill = catching_up.begin("github", since=SINCE, until=None, now=now)
        pages = catching_up.go_on(CONNECTOR, backfill, actor=hub(Channel.TASK), now=now)
        next(pages)
        next(pages)
        pages.close()  # type: ignore[attr-defined]
        github.asked.clear()

        self.catch_up()

        names = Memory.objects.filter(type="decision").values_list(
            "external_id", flat=True
        )
        assert sorted(map(str, names)) == EVERYTHING
        assert not [path for path in github.asked if "user/repos" in path]


def test_an_older_state_of_a_list_harms_no_delivery(github: FakeGithubApi) -> None:
    github.pulls = {REPOSITORY: [pull(), closed(LATER, number=43)]}

    revisions = {
        part.thing: part.revision for part in parts(list(history(SPAN, GithubRules())))
    }

    assert revisions[THING].startswith(OPENED[:19])
    assert revisions[f"{REPOSITORY}#43"].startswith(LATER[:19])
