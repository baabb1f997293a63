"""connectors.github.history: what GitHub's API tells, whatever troubles it has."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pytest_django import Settings

from connectors.asking import JITTER, RETRIES, BusyError
from connectors.base import Known, Page, Part, Span, UnreadableError
from connectors.github.history import history
from connectors.github.rules import GithubRules
from tests.connectors.github.fakes import FakeGithubApi
from tests.connectors.github.payloads import (
    ANN,
    BOB,
    LATER,
    OPENED,
    REPOSITORY,
    THING,
    closed,
    comment,
    merged,
    pull,
    repository,
    review,
    user,
)

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


def out_of_calls(reset: str) -> dict[str, str]:
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}


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
        self, github: FakeGithubApi, settings: Settings
    ) -> None:
        api = {"url": github.url, "token": "ghs_1"}
        settings.CONNECTOR_APIS = settings.CONNECTOR_APIS | {"github": api}
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


@pytest.mark.usefixtures("slept")
class TestTrouble:
    @pytest.mark.parametrize("trouble", ["429", "403", "500", "502", "lost", "cut"])
    def test_is_overcome(self, github: FakeGithubApi, trouble: str) -> None:
        github.troubles = [trouble, "", trouble, trouble, "", "", trouble]

        assert things(list(history(SPAN, GithubRules()))) == EVERYTHING

    @pytest.mark.parametrize("status", ["429", "403"])
    def test_waits_as_long_as_github_says(
        self, github: FakeGithubApi, slept: list[float], status: str
    ) -> None:
        reset = out_of_calls("0")
        for headers, least, most in (
            ({"Retry-After": "7"}, 7, 7),
            (reset, 1, JITTER),
            (reset | {"X-RateLimit-Reset": f"{time.time() + 90:.0f}"}, 85, 95),
            ({"X-RateLimit-Remaining": "0"}, 60, 60),
        ):
            github.troubles, github.headers_of_trouble = [status], headers
            list(history(SPAN, GithubRules()))
            assert least <= slept[-1] <= most

    @pytest.mark.parametrize("seconds", [4_000, 90_000_000_000])
    def test_waits_for_no_hour(
        self, github: FakeGithubApi, slept: list[float], seconds: int
    ) -> None:
        github.troubles = ["403"]
        github.headers_of_trouble = out_of_calls(f"{time.time() + seconds:.0f}")

        with pytest.raises(BusyError, match="until"):
            list(history(SPAN, GithubRules()))

        assert slept == []

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


def test_an_older_state_of_a_list_harms_no_delivery(github: FakeGithubApi) -> None:
    github.pulls = {REPOSITORY: [pull(), closed(LATER, number=43)]}

    revisions = {
        part.thing: part.revision for part in parts(list(history(SPAN, GithubRules())))
    }

    assert revisions[THING].startswith(OPENED[:19])
    assert revisions[f"{REPOSITORY}#43"].startswith(LATER[:19])
