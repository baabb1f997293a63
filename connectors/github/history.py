"""What GitHub's API tells of the past, repository by repository.

After https://docs.github.com/rest/pulls and, for its limits,
https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import structlog
from django.conf import settings

from connectors.asking import ask, retry_after
from connectors.base import Known, Page, Part, Span, UnreadableError
from connectors.github.reading import (
    comment_part,
    is_noise,
    parts_of,
    refusal_of,
    review_part,
    thing_of,
)
from connectors.github.rules import GithubRules
from connectors.github.shapes import Comment, PullRequest, Repository, Review, User
from connectors.payload import read_as, storable

logger = structlog.get_logger(__name__)

PAGE = 30
"""How many pull requests a page has; each costs two or three calls."""
MOST = 100
"""How much GitHub gives at once."""
TIMEOUT_SECONDS = 30
REST_SECONDS = 60
"""For how long GitHub wants to be left alone where it names no time."""
OUT_OF_REACH = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.GONE,
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
}


def history(span: Span, rules: GithubRules) -> Iterator[Page]:
    """Ask for the pull requests that changed in a span, in all allowed repositories.

    A page's cursor has the repositories that are left, and the page of the first one.
    The newest come first: one that changes meanwhile moves others to a later page,
    where they are seen twice, and none to a page that is over.

    Raises:
        BusyError: GitHub wants to be left alone for long.
        httpx.HTTPStatusError: GitHub refuses, as when the token was revoked.
        httpx.TransportError: nobody answers, however often it is asked.
    """
    with _client() as client:
        archive = _Archive(client, span, rules)
        cursor = dict(span.cursor) if span.cursor else None
        if cursor is None:
            left = archive.repositories()
            cursor = {"left": left, "page": 1, "total": len(left)}
            yield _page([], [], cursor)
        while left := cursor["left"]:
            parts, page = archive.pulls(left[0], cursor["page"])
            cursor = cursor | {"left": left if page else left[1:], "page": page or 1}
            yield _page(parts, archive.people(parts), cursor)


def _page(
    parts: Sequence[Part], people: Sequence[Known], cursor: Mapping[str, Any]
) -> Page:
    return Page(
        parts=parts,
        people=people,
        cursor=cursor if cursor["left"] else None,
        done=cursor["total"] - len(cursor["left"]),
        total=cursor["total"],
    )


def _client() -> httpx.Client:
    api = settings.CONNECTOR_APIS["github"]
    return httpx.Client(
        base_url=api["url"].rstrip("/") + "/",
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {api['token']}",
            "User-Agent": "memory-hub",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        timeout=TIMEOUT_SECONDS,
        # A repository that was renamed is still found by its old name.
        follow_redirects=True,
    )


class _Archive:
    """The past of some repositories, as far as a token reaches."""

    def __init__(self, client: httpx.Client, span: Span, rules: GithubRules) -> None:
        self.client, self.span, self.rules = client, span, rules
        self.met: set[str] = set()

    def repositories(self) -> list[str]:
        """Return the repositories that the rules name; by patterns, the token's."""
        if all(_is_whole(pattern) for pattern in self.rules.repositories):
            return list(dict.fromkeys(self.rules.repositories))
        path, key = "user/repos", ""
        if settings.CONNECTOR_APIS["github"]["token"].startswith("ghs_"):
            path, key = "installation/repositories", "repositories"
        found = [read_as(Repository, each).full_name for each in self.all(path, key)]
        return [name for name in found if self.rules.allow(name)]

    def pulls(self, repository: str, page: int) -> tuple[list[Part], int | None]:
        """Return the parts of a page of a repository, and which page is next."""
        try:
            answer = self.ask(
                f"repos/{repository}/pulls",
                state="all",
                sort="updated",
                direction="desc",
                per_page=PAGE,
                page=page,
            )
        except httpx.HTTPStatusError as error:
            if not _is_out_of_reach(error):
                raise
            logger.warning("github_repository_out_of_reach", repository=repository)
            return [], None
        parts: list[Part] = []
        is_before = False
        for each in _rows(answer):
            try:
                pull = read_as(PullRequest, each)
                is_before = pull.updated_at < self.span.since
                if not is_before and pull.created_at <= self.span.until:
                    parts += self._parts(repository, pull)
            except UnreadableError as error:
                logger.warning("github_pull_unreadable", why=str(error))
        has_next = "next" in answer.links and not is_before
        return parts, page + 1 if has_next else None

    def people(self, parts: Sequence[Part]) -> list[Known]:
        """Return what those say of themselves whom no page before spoke of."""
        logins = {login for part in parts for login in part.people} - self.met
        self.met |= logins
        return [known for each in sorted(logins) if (known := self._person(each))]

    def all(self, path: str, key: str = "") -> Iterator[Any]:
        """Ask for one page after the other, as the Link header leads."""
        params: Mapping[str, Any] = {"per_page": MOST}
        while params:
            answer = self.ask(path, **params)
            yield from _rows(answer, key)
            following = answer.links.get("next", {}).get("url", "")
            params = dict(parse_qsl(urlsplit(following).query))

    def ask(self, path: str, **params: Any) -> httpx.Response:
        """Ask once, which is again where GitHub was busy, down or cut off."""
        answer = ask(lambda: self.client.get(path, params=params), rest=_rest)
        return answer.raise_for_status()

    def _parts(self, repository: str, listed: PullRequest) -> list[Part]:
        """Return the parts of a pull request, unless it is out of reach."""
        itself = listed.base and listed.base.repo
        repository = itself.full_name if itself else repository
        if refusal_of(repository, listed, self.rules):
            return []
        thing = thing_of(repository, listed.number)
        path = f"repos/{repository}/pulls/{listed.number}"
        try:
            # Who merged it, a list does not say.
            pull = self._one(path) if listed.merged_at else listed
            reviews = [read_as(Review, each) for each in self.all(f"{path}/reviews")]
            comments = [read_as(Comment, each) for each in self.all(f"{path}/comments")]
        except httpx.HTTPStatusError as error:
            if not _is_out_of_reach(error):
                raise
            logger.warning("github_pull_out_of_reach", pull=thing)
            return []
        reviewed = [
            review_part(thing, each, as_of=listed.updated_at, edited=1)
            for each in reviews
            if not is_noise(each.user, self.rules)
        ]
        return [
            *parts_of(thing, pull, rank=2),
            *filter(None, reviewed),
            *(
                comment_part(thing, each)
                for each in comments
                if not is_noise(each.user, self.rules)
            ),
        ]

    def _one(self, path: str) -> PullRequest:
        return read_as(PullRequest, _json(self.ask(path)))

    def _person(self, login: str) -> Known | None:
        """Return what somebody shows of themselves, or the rules say, if anything."""
        name, email = "", self.rules.email_of(login)
        try:
            user = read_as(User, _json(self.ask(f"users/{login}")))
            name, email = user.name or "", email or user.email or ""
        except UnreadableError as error:
            logger.warning("github_user_unreadable", why=str(error))
        except httpx.HTTPStatusError as error:
            if not _is_out_of_reach(error):
                raise
        return Known(id=login, name=name, email=email) if name or email else None


def _is_out_of_reach(error: httpx.HTTPStatusError) -> bool:
    """Say whether something is not there for us, and not just asked for too often."""
    answer = error.response
    return answer.status_code in OUT_OF_REACH and _rest(answer) is None


def _is_whole(pattern: str) -> bool:
    """Say whether a pattern is the name of one repository, with its owner."""
    return "/" in pattern and not set("*?[") & set(pattern)


def _rows(answer: httpx.Response, key: str = "") -> list[Any]:
    rows = _json(answer)
    if key and isinstance(rows, dict):
        rows = rows.get(key)
    if not isinstance(rows, list):
        msg = f"{answer.url.path} was answered with no list."
        raise UnreadableError(msg)
    return rows


def _json(answer: httpx.Response) -> Any:
    try:
        return storable(answer.json())
    except ValueError:
        msg = f"{answer.url.path} was answered with no JSON."
        raise UnreadableError(msg) from None


def _rest(answer: httpx.Response) -> float | None:
    """Return for how many seconds GitHub wants to be left alone, if it does."""
    status, headers = answer.status_code, answer.headers
    is_limited = status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.FORBIDDEN
        and (
            "retry-after" in headers
            or headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in answer.text
        )
    )
    if not is_limited:
        return None
    said, reset = retry_after(answer), headers.get("x-ratelimit-reset", "")
    if said is None and reset.isdecimal():
        return max(int(reset) - time.time(), 0) + 1
    return REST_SECONDS if said is None else said
