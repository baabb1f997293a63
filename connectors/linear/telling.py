"""From the parts of what changed in Linear to events, as a person would tell them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.actions import action_items, plain
from connectors.base import Directory, Telling
from connectors.linear.rules import LinearRules
from connectors.wording import fitting
from memories.schemas.draft import Draft

TITLE_BYTES = 200
ADDRESS_BYTES = 2000
EARLIER = 20
"""How many earlier moves an issue's memory tells."""
HEALTH = {
    "onTrack": ("on track", "info"),
    "atRisk": ("at risk", "warning"),
    "offTrack": ("off track", "critical"),
}


def tell(
    thing: str,
    parts: Mapping[str, Mapping[str, Any]],
    directory: Directory,
    rules: LinearRules,
) -> Sequence[Telling]:
    """Tell a project update, a cycle that is over, an issue's moves or a comment."""
    state = parts.get("state")
    if state is None:
        return []
    telling = _Telling(thing, state, directory)
    match thing.partition(":")[0]:
        case "projectupdate":
            return [telling.project_update()]
        case "cycle" if state["completed_at"]:
            return [telling.retrospective()]
        case "comment" if rules.comments and state["body"].strip():
            return [telling.comment()]
        case "issue":
            moves = [parts[key] for key in sorted(parts) if key.startswith("move:")]
            picked = [move for move in moves if _is_picked(move, directory, rules)]
            return [telling.moves(picked)] if picked else []
        case _:
            return []


class _Telling:
    """What the memories of one thing share."""

    def __init__(
        self, thing: str, state: Mapping[str, Any], directory: Directory
    ) -> None:
        self.thing, self.state, self.directory = thing, state, directory

    def project_update(self) -> Telling:
        """Tell how a project goes."""
        health = self.state["health"] or ""
        words, severity = HEALTH.get(health, (health, "info"))
        project = self.state["project"] or "A project"
        title = f"{project}: {words}" if words else project
        content = self._said() | {
            "event_type": "project update",
            "severity": severity,
        }
        content["summary"] = content["summary"] or f"{title}."
        return self._telling(content, title=title, by=self.state["by"])

    def comment(self) -> Telling:
        """Tell what somebody said."""
        content = self._said() | {"event_type": "comment"}
        on = self.state["on"]
        title = f"Comment on {on}" if on else "Comment"
        return self._telling(content, title=title, by=self.state["by"])

    def retrospective(self) -> Telling:
        """Tell how a cycle ended."""
        state, sprint = self.state, _Sprint(self.state)
        name = " ".join((state["name"] or "").split())
        called = f"Cycle {state['number']}" + (f" ({name})" if name else "")
        if team := self._name(state["team"]):
            called += f" of {team}"
        started, ended = _time(state["starts_at"]), _time(state["completed_at"])
        days = f"It ran from {started:%Y-%m-%d} to {ended:%Y-%m-%d}."
        said = [f"{called}: {sprint.outcome()}.", sprint.in_points(), days]
        content = {
            "event_type": "sprint retrospective",
            "summary": "\n".join(filter(None, said)),
            "duration_seconds": max(0, int((ended - started).total_seconds())),
            "url": self._url(),
        }
        title = f"{called}: {sprint.short()}"
        return self._telling(content, title=title, at=ended, metadata=sprint.figures())

    def moves(self, moves: Sequence[Mapping[str, Any]]) -> Telling:
        """Tell how an issue moved last, and before that."""
        *earlier, last = sorted(moves, key=lambda move: str(move["at"]))
        issue = " ".join(f"{self.state['identifier']} {self.state['title']}".split())
        who = self._name(last["by"])
        lines = [f"{who} moved {issue}" if who else f"{issue} moved"]
        if last["from"] is None:
            lines = [f"{who} created {issue}" if who else f"{issue} was created"]
        lines[0] += f" {self._way(last)}."
        lines += [
            f"Before: {'' if move['from'] else 'created '}{self._way(move)} "
            f"on {_time(move['at']):%Y-%m-%d}."
            for move in earlier[: -EARLIER - 1 : -1]
        ]
        content = {
            "event_type": "issue moved",
            "summary": fitting("\n".join(lines)),
            "participants": self._names([last["by"], self.state["assignee"]]),
            "url": self._url(),
        }
        before, after = self._name(last["from"]), self._name(last["to"]) or "moved"
        title = f"{issue}: {f'{before} → {after}' if before else after}"
        return self._telling(content, title=title, at=_time(last["at"]), by=last["by"])

    def _said(self) -> dict[str, Any]:
        """Return what a text says, by whom and where."""
        text, at = self.state["body"], _time(self.state["at"])
        items = action_items(text, at=at)
        return {
            "summary": fitting(plain(text).strip()),
            "participants": self._names([self.state["by"]]),
            "url": self._url(),
            "action_items": [
                item.model_dump(mode="json", exclude_none=True) for item in items
            ],
        }

    def _telling(
        self,
        content: Mapping[str, Any],
        *,
        title: str,
        at: datetime | None = None,
        by: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Telling:
        return Telling(
            draft=Draft(
                type="event",
                source="linear",
                external_id=self.thing,
                title=fitting(" ".join(title.split()), limit=TITLE_BYTES),
                content={key: value for key, value in content.items() if value},
                occurred_at=at or _time(self.state["at"]),
                metadata=dict(metadata or {}),
            ),
            owner=by,
        )

    def _way(self, move: Mapping[str, Any]) -> str:
        """Return the way of a move, `from In Progress to Done`."""
        to = self._name(move["to"]) or "another state"
        if move["from"] is None:
            return f"in {to}"
        before = self._name(move["from"])
        return f"from {before} to {to}" if before else f"to {to}"

    def _name(self, one: str | None) -> str:
        """Return what somebody or something is called, if anybody knows."""
        known = self.directory.get(one) if one else None
        return known.name if known else ""

    def _names(self, people: Iterable[str | None]) -> list[str]:
        names = (self._name(one) for one in people)
        return list(dict.fromkeys(filter(None, names)))

    def _url(self) -> str | None:
        url: str | None = self.state["url"]
        return url if url and len(url) <= ADDRESS_BYTES else None


class _Sprint:
    """What a cycle's histories come to.

    What is carried over is out of the cycle as soon as that ends, and a history may go
    on after that: the total has at least what was done and what was carried over.
    """

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.carried_over: int = state["carried_over"]
        self.done = _last(state["issues_done"])
        self.total = max(_last(state["issues"]), self.done + self.carried_over)
        self.planned = state["issues"][0] if state["issues"] else None
        self.points, self.points_done = state["points"], _last(state["points_done"])
        self.has_points = bool(self.points and self.points[-1])
        # Without estimates, each issue has one point.
        is_estimated = (state["points"], state["points_done"]) != (
            state["issues"],
            state["issues_done"],
        )
        self.has_points = self.has_points and is_estimated

    def short(self) -> str:
        """Return how much was done."""
        if not self.total:
            return "no issues"
        return f"{self.done:g} of {_counted(self.total, 'issue')} done"

    def outcome(self) -> str:
        """Return what was done, was carried over, and how the scope changed."""
        if not self.total:
            return "it ended without issues"
        said = [f"{self.short()} ({100 * self.done // self.total:g} %)"]
        carried = self.carried_over
        said.append(f"{carried} carried over" if carried else "none carried over")
        if self.planned is not None:
            said.append(self._scope(self.planned))
        return ", ".join(said)

    def in_points(self) -> str:
        """Return the same in points, where issues were estimated."""
        if not self.has_points:
            return ""
        first, last = self.points
        return (
            f"In points: {self.points_done:g} of {last:g} done, {first:g} at the start."
        )

    def figures(self) -> Mapping[str, Any]:
        """Return all of it as numbers."""
        figures = {
            "planned": self.planned,
            "total": self.total,
            "done": self.done,
            "carried_over": self.carried_over,
            "scope_change": None if self.planned is None else self.total - self.planned,
        }
        if self.has_points:
            figures |= {
                "points_planned": self.points[0],
                "points_total": self.points[-1],
                "points_done": self.points_done,
            }
        return {key: value for key, value in figures.items() if value is not None}

    def _scope(self, planned: float) -> str:
        change = self.total - planned
        if not change:
            return "scope unchanged"
        verb = "grew" if change > 0 else "shrank"
        return f"scope {verb} by {abs(change):g} (from {planned:g} to {self.total:g})"


def _is_picked(
    move: Mapping[str, Any], directory: Directory, rules: LinearRules
) -> bool:
    ids = [one for one in (move["from"], move["to"]) if one]
    names = [known.name for one in ids if (known := directory.get(one))]
    return rules.pick(*ids, *names)


def _last(history: Sequence[float] | None) -> float:
    return history[-1] if history else 0


def _counted(number: float, noun: str) -> str:
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def _time(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC)
