"""From what Linear sends to parts of project updates, cycles, issues and comments.

Things are named `projectupdate:<id>`, `cycle:<id>`, `issue:<id>` and `comment:<id>`.
Each has a part `state`; an issue has a part `move:<from>:<to>` for the last time that
it went from one state to another.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import (
    Directory,
    Incoming,
    Known,
    Label,
    Part,
    Reading,
    UnreadableError,
)
from connectors.linear.rules import LinearRules
from connectors.linear.shapes import (
    Comment,
    Cycle,
    Envelope,
    Issue,
    Move,
    ProjectUpdate,
    Removed,
    User,
)
from connectors.payload import digest_of, read_as

NAMED = {
    "ProjectUpdate": "projectupdate",
    "Cycle": "cycle",
    "Issue": "issue",
    "Comment": "comment",
}
"""What is remembered, and how its things are named."""


def label_of(incoming: Incoming, payload: Mapping[str, Any]) -> Label:
    """Say what a delivery is."""
    event = incoming.headers.get("linear-event") or payload.get("type")
    words = (event, payload.get("action"))
    return Label(
        id=incoming.headers.get("linear-delivery") or digest_of(incoming.body),
        event=".".join(word for word in words if isinstance(word, str)),
    )


def read(
    event: str, payload: Mapping[str, Any], directory: Directory, rules: LinearRules
) -> Reading:
    """Take a delivery apart.

    Raises:
        UnreadableError: it is not what Linear documents.
    """
    kind = payload.get("type")
    if not isinstance(kind, str):
        msg = "/type: must be a text"
        raise UnreadableError(msg)
    if kind not in {*NAMED, "User"}:
        return Reading(ignored=f"Nothing is remembered of {kind}.")
    envelope = read_as(Envelope, payload)
    person = envelope.actor.person if envelope.actor else None
    by = [person.known] if person else []
    match kind, envelope.action:
        case "User", "create" | "update":
            return Reading(people=[read_as(User, envelope.data).known, *by])
        case "ProjectUpdate" | "Cycle" | "Issue" | "Comment", "remove":
            return Reading(parts=[_gone(envelope)], people=by)
        case "ProjectUpdate", "create" | "update":
            update = read_as(ProjectUpdate, envelope.data | _address(envelope))
            people = [update.user.known] if update.user else []
            return Reading(parts=[update_part(update)], people=[*by, *people])
        case "Cycle", "create" | "update":
            cycle = read_as(Cycle, envelope.data)
            return Reading(parts=[cycle_part(cycle, envelope.url)], people=by)
        case "Comment", "create" | "update":
            return _read_comment(envelope, by, rules)
        case "Issue", "create" | "update":
            return _read_issue(envelope, by, directory, rules)
        case _:
            why = f"Nothing is remembered of {kind} {envelope.action}."
            return Reading(people=by, ignored=why)


def update_part(update: ProjectUpdate) -> Part:
    """Return a project update as a part."""
    return Part(
        thing=f"projectupdate:{update.id}",
        key="state",
        revision=update.updated_at,
        data={
            "project": update.project.name if update.project else "",
            "health": update.health,
            "body": update.body or "",
            "by": update.by,
            "at": update.created_at,
            "url": update.url,
        },
        people=[update.by] if update.by else [],
    )


def cycle_part(cycle: Cycle, url: str | None) -> Part:
    """Return a cycle as a part, with what its end is told from."""
    return Part(
        thing=f"cycle:{cycle.id}",
        key="state",
        revision=cycle.updated_at,
        data={
            "number": cycle.number,
            "name": cycle.name,
            "team": cycle.team_id,
            "starts_at": cycle.starts_at,
            "completed_at": cycle.completed_at,
            "issues": _ends(cycle.issue_count_history),
            "issues_done": _ends(cycle.completed_issue_count_history),
            "points": _ends(cycle.scope_history),
            "points_done": _ends(cycle.completed_scope_history),
            "carried_over": len(set(cycle.uncompleted_issues_upon_close_ids)),
            "url": url,
        },
        people=[cycle.team_id] if cycle.team_id else [],
    )


def issue_parts(issue: Issue, moves: Sequence[Move]) -> Sequence[Part]:
    """Return an issue and how it moved as parts."""
    thing = f"issue:{issue.id}"
    if issue.trashed:
        return [Part(thing=thing, key="state", revision=issue.updated_at, data=None)]
    state = Part(
        thing=thing,
        key="state",
        revision=issue.updated_at,
        data={
            "identifier": issue.identifier,
            "title": issue.title,
            "url": issue.url,
            "assignee": issue.assignee.id if issue.assignee else None,
        },
        people=[issue.assignee.id] if issue.assignee else [],
    )
    return [state, *(_move_part(thing, move) for move in moves)]


def comment_part(comment: Comment) -> Part:
    """Return a comment as a part."""
    issue, update = comment.issue, comment.project_update
    on = ""
    if issue:
        on = f"{issue.identifier} {issue.title}".strip()
    elif update and update.project:
        on = update.project.name
    return Part(
        thing=f"comment:{comment.id}",
        key="state",
        revision=comment.updated_at,
        data={
            "on": on,
            "body": comment.body or "",
            "by": comment.by,
            "at": comment.created_at,
            "url": comment.url,
        },
        people=[comment.by] if comment.by else [],
    )


def noise_of(comment: Comment) -> str:
    """Say why there is nothing in a comment to be remembered, if so."""
    return "A bot wrote it." if comment.bot_actor and not comment.by else ""


def people_of(issue: Issue) -> Sequence[Known]:
    """Return whom an issue names, and its team and state."""
    named = (issue.assignee, issue.creator, issue.team, issue.state)
    return [each.known for each in named if each]


def _read_comment(
    envelope: Envelope, by: Sequence[Known], rules: LinearRules
) -> Reading:
    if not rules.comments:
        return Reading(people=by, ignored="By the rules no comments are remembered.")
    comment = read_as(Comment, envelope.data | _address(envelope))
    people = comment.people
    if noise := noise_of(comment):
        return Reading(people=by, ignored=noise)
    return Reading(parts=[comment_part(comment)], people=[*by, *people])


def _read_issue(
    envelope: Envelope, by: Sequence[Known], directory: Directory, rules: LinearRules
) -> Reading:
    issue = read_as(Issue, envelope.data | _address(envelope))
    is_restored = "trashed" in envelope.updated_from.model_fields_set
    people = [*by, *people_of(issue)]
    move = _move(envelope, issue)
    names = [state.name for state in (issue.state,) if state]
    if move and move.origin and (known := directory.get(move.origin)):
        names.append(known.name)
    is_picked = move is not None and rules.pick(move.origin, move.to, *names)
    if issue.trashed or is_restored or is_picked:
        moves = [move] if move and is_picked else []
        return Reading(parts=issue_parts(issue, moves), people=people)
    why = "By the rules no state is remembered that it came into or left."
    return Reading(people=people, ignored=why if move else "It stayed in its state.")


def _move(envelope: Envelope, issue: Issue) -> Move | None:
    """Return how an issue came to be where it is, if it was elsewhere before."""
    origin = envelope.updated_from.state_id
    is_made = envelope.action == "create"
    if issue.in_state is None or (origin is None and not is_made):
        return None
    person = envelope.actor.person if envelope.actor else None
    by = issue.creator if is_made else person
    return Move(
        at=issue.created_at if is_made else issue.updated_at,
        origin=origin,
        to=issue.in_state,
        by=by.id if by else None,
    )


def _move_part(thing: str, move: Move) -> Part:
    return Part(
        thing=thing,
        key=f"move:{move.origin or ''}:{move.to}",
        revision=move.at,
        data={"from": move.origin, "to": move.to, "by": move.by, "at": move.at},
        people=[one for one in (move.by, move.origin, move.to) if one],
    )


def _gone(envelope: Envelope) -> Part:
    """Return that nothing is left; of the same moment, it is newer than an edit."""
    removed = read_as(Removed, envelope.data)
    return Part(
        thing=f"{NAMED[envelope.type]}:{removed.id}",
        key="state",
        revision=f"{max(envelope.at, removed.updated_at or '')} gone",
        data=None,
    )


def _address(envelope: Envelope) -> dict[str, Any]:
    """Return the address that stands beside what changed, where it has none itself."""
    own = envelope.data.get("url")
    return {"url": own if isinstance(own, str) and own else envelope.url}


def _ends(history: Sequence[float]) -> list[float] | None:
    """Return what a history begins and ends with, if it has a day."""
    return [history[0], history[-1]] if history else None
