"""The errors that a client raises: what the hub refuses, and a hub that is away."""

import json
from http import HTTPStatus

import httpx
from pydantic import ValidationError

from .schemas.answers import FaultAnswer, ProblemAnswer

NOT_OF_HUB = "about:blank"
"""The type of a problem that was made of an answer which is none of a hub's."""


class MemoryHubError(Exception):
    """Anything that went wrong with the hub.

    `perhaps_done` says whether the hub may have done the request all the same.
    """

    perhaps_done = False


class UnreachableError(MemoryHubError):
    """The hub could not be reached, or did not answer in time."""

    retry_after: float | None = None

    def __init__(self, message: str, *, perhaps_done: bool) -> None:
        super().__init__(message)
        self.perhaps_done = perhaps_done


class UnreadableError(MemoryHubError):
    """The hub answered what this client does not understand: update the client."""


class SpoolError(MemoryHubError):
    """What could not be stored could not be kept on this machine either."""


class ProblemError(MemoryHubError):
    """The hub refused; `problem` is its problem document, `status` the HTTP status."""

    def __init__(
        self, problem: ProblemAnswer, *, retry_after: float | None = None
    ) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def is_of_hub(self) -> bool:
        """Whether the hub says so, and not something that stands before it."""
        return self.problem.type != NOT_OF_HUB

    @property
    def faults(self) -> list[FaultAnswer]:
        """Each field that is wrong, with a JSON pointer to it."""
        return self.problem.errors

    def __str__(self) -> str:
        """Say what is wrong, field by field."""
        named = (f"{fault.pointer}: {fault.detail}" for fault in self.faults)
        return "; ".join(named) or self.problem.detail


class InvalidError(ProblemError):
    """What was handed in is wrong, and `faults` says where."""


class SignInError(ProblemError):
    """The hub does not know this address and password, or the account is no more."""


class ForbiddenError(ProblemError):
    """You see the memory, and may not do this with it."""


class NotFoundError(ProblemError):
    """There is no such memory, or you may not see it."""


class ConflictError(ProblemError):
    """Somebody changed it first, or something keeps it as it is: read it again."""


class TooLargeError(ProblemError):
    """The request is larger than the hub takes."""


class TooManyRequestsError(ProblemError):
    """You call more often than a limit allows; `retry_after` is in seconds."""


class UnavailableError(ProblemError):
    """The hub cannot do it at the moment."""

    perhaps_done = True


_KINDS: dict[int, type[ProblemError]] = {
    HTTPStatus.BAD_REQUEST: InvalidError,
    HTTPStatus.UNAUTHORIZED: SignInError,
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.PRECONDITION_FAILED: ConflictError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLargeError,
    HTTPStatus.UNPROCESSABLE_ENTITY: InvalidError,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequestsError,
}


def refusal(answer: httpx.Response) -> ProblemError:
    """Return the error that an answer of the hub stands for."""
    return of_problem(_problem(answer), retry_after=_retry_after(answer))


def of_problem(
    problem: ProblemAnswer, *, retry_after: float | None = None
) -> ProblemError:
    """Return the error that a problem document stands for."""
    server = problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = _KINDS.get(problem.status, UnavailableError if server else ProblemError)
    return kind(problem, retry_after=retry_after)


def _problem(answer: httpx.Response) -> ProblemAnswer:
    """Read a problem document; what stands between may answer with none."""
    try:
        return ProblemAnswer.model_validate(json.loads(answer.content))
    except (ValueError, ValidationError):
        return ProblemAnswer(
            type=NOT_OF_HUB,
            title=answer.reason_phrase,
            status=answer.status_code,
            detail=f"{answer.request.url.host} answered {answer.status_code} "
            f"{answer.reason_phrase}, which is no answer of a Memory Hub.",
        )


def _retry_after(answer: httpx.Response) -> float | None:
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else None
