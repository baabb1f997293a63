"""The errors that the hub's verbs raise on purpose, and no others.

Each interface translates them once: the API into problem documents, the admin into
messages, MCP into tool errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was handed in."""

    pointer: str
    """A JSON pointer to the field, such as /content/status; empty for the whole."""
    detail: str


class HubError(Exception):
    """An anticipated refusal: `reason` names its kind, the message says what to do."""

    reason: str


class InvalidError(HubError):
    """What was handed in cannot be stored; each fault names its field."""

    reason = "invalid"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
        )
        self.faults = tuple(faults)


class NotFoundError(HubError):
    """There is no such thing, or the actor may not know of it."""

    reason = "not_found"

    def __init__(
        self, message: str = "There is no such memory, or you may not see it."
    ) -> None:
        super().__init__(message)


class ForbiddenError(HubError):
    """The actor sees it, and may not do this with it."""

    reason = "forbidden"


class ScopeError(ForbiddenError):
    """The token was given for less than this."""

    reason = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"This needs a token with the scope {scope}: sign in for one that has it."
        )
        self.scope = scope


class ConflictError(HubError):
    """Somebody else changed it first; read it again and repeat the change."""

    reason = "conflict"

    def __init__(self, *, current_version: int) -> None:
        super().__init__(
            f"The memory is at version {current_version} by now: read it again, and "
            f"repeat your change on that version."
        )
        self.current_version = current_version


class HeldError(HubError):
    """A legal hold keeps the memory from being deleted."""

    reason = "legal_hold"

    def __init__(self) -> None:
        super().__init__("The memory is under legal hold: it cannot be deleted.")
