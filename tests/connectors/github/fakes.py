"""A GitHub that can be made to misbehave."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.connectors.fakes import AnsweringInJson, FakeApi


class FakeGithubApi(FakeApi):
    """Repositories behind GitHub's API, which has its troubles when told to."""

    def __init__(self) -> None:
        super().__init__(_Github)
        self.repositories: list[dict[str, Any]] = []
        self.users: dict[str, dict[str, Any]] = {}
        self.pulls: dict[str, list[dict[str, Any]]] = {}
        """By the repositories' names."""
        self.reviews: dict[int, list[dict[str, Any]]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        """By the pull requests' numbers."""
        self.errors: dict[str, int] = {}
        """What paths are refused with."""
        self.asked: list[str] = []

    def answer(self, path: str) -> object:
        """Answer as GitHub documents it; None is that there is no such thing."""
        match path.strip("/").split("/"):
            case ["user", "repos"]:
                return self.repositories
            case ["installation", "repositories"]:
                return {"repositories": self.repositories}
            case ["users", login]:
                return self.users.get(login)
            case ["repos", owner, name, "pulls"]:
                pulls = self.pulls.get(f"{owner}/{name}")
                return pulls and [_without_merger(each) for each in _newest(pulls)]
            case ["repos", owner, name, "pulls", number]:
                pulls = self.pulls[f"{owner}/{name}"]
                return next(one for one in pulls if str(one["number"]) == number)
            case ["repos", _, _, "pulls", number, "reviews"]:
                return self.reviews.get(int(number), [])
            case ["repos", _, _, "pulls", number, "comments"]:
                return self.comments.get(int(number), [])
        return None


def _newest(pulls: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(pulls, key=lambda one: str(one["updated_at"]), reverse=True)


def _without_merger(pull: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in pull.items() if key != "merged_by"}


class _Github(AnsweringInJson):
    server: FakeGithubApi

    def do_GET(self) -> None:
        fake, url = self.server, urlsplit(self.path)
        fake.asked.append(self.path)
        answer, link = self.paged(fake.answer(url.path), dict(parse_qsl(url.query)))
        self.reply(
            {"message": "Not Found"} if answer is None else answer,
            status=fake.errors.get(url.path, 404 if answer is None else 200),
            headers={"Link": link} if link else {},
            trouble=self.next_trouble(),
        )

    def paged(self, answer: object, asked: Mapping[str, str]) -> tuple[object, str]:
        """Return a page of an answer that has pages, and the Link to the next."""
        rows = answer.get("repositories") if isinstance(answer, dict) else answer
        if not isinstance(rows, list):
            return answer, ""
        number = int(asked.get("page", "1"))
        end = number * self.server.page
        page = rows[end - self.server.page : end]
        link = ""
        if end < len(rows):
            query = urlencode({**asked, "page": number + 1})
            where = f"{self.server.url}{urlsplit(self.path).path}?{query}"
            link = f'<{where}>; rel="next", <{where}>; rel="last"'
        return ({"repositories": page} if isinstance(answer, dict) else page), link
