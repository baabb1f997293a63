"""What Linear's API tells of the past, kind by kind.

After https://linear.app/developers/graphql, /pagination and /rate-limiting there.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

import httpx
import structlog
from django.conf import settings

from connectors.asking import ask, retry_after
from connectors.base import Known, Page, Part, Span, UnreadableError
from connectors.linear.reading import (
    comment_part,
    cycle_part,
    issue_parts,
    noise_of,
    people_of,
    update_part,
)
from connectors.linear.rules import LinearRules
from connectors.linear.shapes import (
    Comment,
    Cycle,
    Issue,
    Move,
    Named,
    ProjectUpdate,
    User,
)
from connectors.payload import read_as, storable

logger = structlog.get_logger(__name__)

PAGE = 50
"""How many nodes a page has; a query may cost 10,000 points, and each node does."""
INNER = 100
TIMEOUT_SECONDS = 30
REST_SECONDS = 60
"""For how long Linear is left alone where it names no time."""
REFILLS = ("requests", "endpoint-requests", "complexity")
"""What Linear limits, by the names in its headers."""

_USER = "id name displayName email"
_PAGE_INFO = "pageInfo { hasNextPage endCursor }"
_CHANGE = "id createdAt fromStateId toStateId actorId"
_FIELDS = {
    "users": _USER,
    "teams": "id name",
    "workflowStates": "id name",
    "projectUpdates": "id createdAt updatedAt body health url "
    f"project {{ id name }} user {{ {_USER} }}",
    "cycles": "id createdAt updatedAt number name startsAt endsAt completedAt "
    "issueCountHistory completedIssueCountHistory scopeHistory completedScopeHistory "
    "team { id key name organization { urlKey } } uncompletedIssuesUponClose"
    f"(first: {INNER}, includeArchived: true) {{ nodes {{ id }} {_PAGE_INFO} }}",
    "issues": "id createdAt updatedAt identifier title url trashed "
    f"team {{ id name }} state {{ id name }} creator {{ {_USER} }} "
    f"assignee {{ {_USER} }} "
    f"history(first: {PAGE}) {{ nodes {{ {_CHANGE} }} {_PAGE_INFO} }}",
    "comments": f"id createdAt updatedAt body url user {{ {_USER} }} "
    "externalUser { id name email } botActor { id name } "
    "issue { identifier title } projectUpdate { project { id name } }",
}
_FILTERS = {
    "projectUpdates": "ProjectUpdateFilter",
    "cycles": "CycleFilter",
    "issues": "IssueFilter",
    "comments": "CommentFilter",
}


class RefusedError(Exception):
    """Linear does not answer a question, as when the key was revoked."""


def history(span: Span, rules: LinearRules) -> Iterator[Page]:
    """Ask for what changed since a span began and was there when it ended.

    A page's cursor has the kinds that are left, and where in the first one to go on.

    Raises:
        BusyError: Linear wants to be left alone for long.
        RefusedError: Linear refuses, or is busy or down however often it is asked.
        httpx.TransportError: nobody answers, however often it is asked.
    """
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        archive = _Archive(client, span, rules)
        cursor = dict(span.cursor) if span.cursor else None
        if cursor is None:
            kinds = archive.kinds()
            cursor = {"left": kinds, "page": "", "total": len(kinds)}
            yield _page([], cursor, people=archive.people())
        while left := cursor["left"]:
            parts, people, page = archive.page(left[0], cursor["page"])
            cursor = cursor | {"left": left if page else left[1:], "page": page}
            yield _page(parts, cursor, people=people)


def _page(
    parts: Sequence[Part], cursor: Mapping[str, Any], *, people: Sequence[Known]
) -> Page:
    return Page(
        parts=parts,
        people=people,
        cursor=cursor if cursor["left"] else None,
        done=cursor["total"] - len(cursor["left"]),
        total=cursor["total"],
    )


class _Archive:
    """A workspace's past, as far as a key reads."""

    def __init__(self, client: httpx.Client, span: Span, rules: LinearRules) -> None:
        self.client, self.span, self.rules = client, span, rules
        self.since = span.since.isoformat()
        self.until = span.until.isoformat()
        self.names: dict[str, str] = {}

    def kinds(self) -> list[str]:
        """Return what the rules want to be looked at."""
        kinds = ["projectUpdates", "cycles"]
        kinds += ["issues"] if self.rules.states else []
        return kinds + (["comments"] if self.rules.comments else [])

    def people(self) -> list[Known]:
        """Return all people, teams and states."""
        users = (read_as(User, each).known for each in self._all("users"))
        named = [*self._all("teams"), *self._all("workflowStates")]
        return [*users, *(read_as(Named, each).known for each in named)]

    def page(self, kind: str, page: str) -> tuple[Sequence[Part], Sequence[Known], str]:
        """Return what a page of a kind has, and where the next one begins."""
        if kind == "issues" and not self.names:
            states = [read_as(Named, each) for each in self._all("workflowStates")]
            self.names = {state.id: state.name for state in states}
        read: Mapping[str, Callable[[Any], tuple[Sequence[Part], Sequence[Known]]]] = {
            "projectUpdates": self._project_update,
            "cycles": self._cycle,
            "issues": self._issue,
            "comments": self._comment,
        }
        nodes, page = self._nodes(kind, page)
        parts: list[Part] = []
        people: list[Known] = []
        for node in nodes:
            try:
                its_parts, its_people = read[kind](node)
            except UnreadableError as error:
                logger.warning("linear_node_unreadable", kind=kind, why=str(error))
                continue
            parts += its_parts
            people += its_people
        return parts, people, page

    def _project_update(self, node: Any) -> tuple[Sequence[Part], Sequence[Known]]:
        update = read_as(ProjectUpdate, node)
        return [update_part(update)], [update.user.known] if update.user else []

    def _cycle(self, node: Any) -> tuple[Sequence[Part], Sequence[Known]]:
        team = read_as(Named, node["team"])
        left_open = self._inner("cycle", node, "uncompletedIssuesUponClose", "id")
        ids = [each["id"] for each in left_open]
        cycle = read_as(
            Cycle, node | {"teamId": team.id, "uncompletedIssuesUponCloseIds": ids}
        )
        workspace = node["team"]["organization"]["urlKey"]
        team_url = f"https://linear.app/{workspace}/team/{node['team']['key']}"
        url = f"{team_url}/cycle/{cycle.number}"
        return [cycle_part(cycle, url)], [team.known]

    def _issue(self, node: Any) -> tuple[Sequence[Part], Sequence[Known]]:
        issue = read_as(Issue, node)
        changes = self._inner("issue", node, "history", _CHANGE)
        moves = [move for move in _moves(issue, changes) if self._is_wanted(move)]
        parts = issue_parts(issue, moves) if moves or issue.trashed else []
        return parts, people_of(issue)

    def _comment(self, node: Any) -> tuple[Sequence[Part], Sequence[Known]]:
        comment = read_as(Comment, node)
        if noise_of(comment):
            return [], []
        people = comment.people
        return [comment_part(comment)], people

    def _is_wanted(self, move: Move) -> bool:
        at = datetime.fromisoformat(move.at)
        ids = [one for one in (move.origin, move.to) if one]
        names = [self.names.get(one) for one in ids]
        is_inside = self.span.since <= at <= self.span.until
        return is_inside and self.rules.pick(*ids, *names)

    def _all(self, kind: str) -> Iterator[Any]:
        """Ask for one page after the other."""
        page = ""
        while True:
            nodes, page = self._nodes(kind, page)
            yield from nodes
            if not page:
                return

    def _nodes(self, kind: str, page: str) -> tuple[Sequence[Any], str]:
        """Return a page of a kind, and where the next one begins."""
        variables: dict[str, Any] = {"after": page or None}
        declared, given = "$after: String", "after: $after"
        if kind in _FILTERS:
            # By creation, so that what changes meanwhile stays where it is.
            declared += f", $filter: {_FILTERS[kind]}"
            given += ", filter: $filter, orderBy: createdAt"
            variables["filter"] = {
                "updatedAt": {"gte": self.since},
                "createdAt": {"lte": self.until},
            }
        if kind == "users":
            given += ", includeDisabled: true"
        answer = self._ask(
            f"query({declared}) {{ {kind}(first: {PAGE}, includeArchived: true, "
            f"{given}) {{ nodes {{ {_FIELDS[kind]} }} {_PAGE_INFO} }} }}",
            variables,
        )
        return answer[kind]["nodes"], _next(answer[kind])

    def _inner(self, of: str, node: Any, kind: str, fields: str) -> Iterator[Any]:
        """Return all that a node has of a kind, however many pages that takes."""
        connection = node[kind]
        while True:
            yield from connection["nodes"]
            after = _next(connection)
            if not after:
                return
            answer = self._ask(
                f"query($id: String!, $after: String) {{ {of}(id: $id) {{ "
                f"{kind}(first: {INNER}, after: $after, includeArchived: true) "
                f"{{ nodes {{ {fields} }} {_PAGE_INFO} }} }} }}",
                {"id": node["id"], "after": after},
            )
            connection = answer[of][kind]

    def _ask(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask once, which is again where Linear was busy, down or cut off."""
        api = settings.CONNECTOR_APIS["linear"]
        send = partial(
            self.client.post,
            api["url"],
            json={"query": query, "variables": variables},
            headers={"Authorization": api["token"]},
        )
        return _content(ask(send, rest=_rest))


def _moves(issue: Issue, changes: Iterator[Any]) -> Sequence[Move]:
    """Return how an issue moved, beginning with where it was made."""
    moves = [
        read_as(
            Move,
            {
                "at": change["createdAt"],
                "origin": change["fromStateId"],
                "to": change["toStateId"],
                "by": change["actorId"],
            },
        )
        for change in changes
        if change.get("fromStateId") and change.get("toStateId")
    ]
    moves.sort(key=lambda move: move.at)
    made_in = moves[0].origin if moves else issue.in_state
    if made_in is None:
        return moves
    by = issue.creator.id if issue.creator else None
    return [Move(at=issue.created_at, to=made_in, by=by), *moves]


def _next(connection: Mapping[str, Any]) -> str:
    """Return the cursor of the next page; empty is that there is none."""
    info = connection["pageInfo"]
    return str(info["endCursor"] or "") if info["hasNextPage"] else ""


def _answer(response: httpx.Response) -> Mapping[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _codes(answer: Mapping[str, Any]) -> set[str]:
    errors = answer.get("errors") or ()
    return {str((error.get("extensions") or {}).get("code")) for error in errors}


def _rest(response: httpx.Response) -> float | None:
    """Return for how many seconds Linear wants to be left alone, if it does.

    It says so by its status or by an error's code.
    """
    is_told = "RATELIMITED" in _codes(_answer(response))
    if not is_told and response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return None
    said = retry_after(response)
    waits = [] if said is None else [said]
    for limit in REFILLS:
        if response.headers.get(f"X-RateLimit-{limit}-Remaining") == "0":
            reset = response.headers.get(f"X-RateLimit-{limit}-Reset", "")
            if reset.isdecimal():
                waits.append(max(0, int(reset) // 1000 + 1 - time.time()))
    return max(waits, default=REST_SECONDS)


def _content(response: httpx.Response) -> Mapping[str, Any]:
    """Return what was asked for.

    Raises:
        RefusedError: with the codes that Linear gives.
    """
    answer = _answer(response)
    content = answer.get("data")
    if response.is_error or answer.get("errors") or not isinstance(content, dict):
        codes = ", ".join(sorted(_codes(answer))) or "no reason"
        msg = f"Linear answers {response.status_code}: {codes}; check LINEAR_API_KEY."
        raise RefusedError(msg)
    return {key: storable(value) for key, value in content.items()}
