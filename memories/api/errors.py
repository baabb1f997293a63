"""The one place where an error becomes an answer: a problem document (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.lockout import LockedOutError
from accounts.second_factor import WrongCodeError
from accounts.tokens import RefusedTokenError
from audit.trail import UnavailableError
from memories.api.refusals import (
    BadCredentialsError,
    CodeRequiredError,
    InFlightError,
    KeyReusedError,
    PreconditionRequiredError,
    TooManyRequestsError,
)
from memories.errors import (
    ConflictError,
    Fault,
    ForbiddenError,
    HeldError,
    InvalidError,
    NotFoundError,
    ScopeError,
)

logger = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

_TOO_LARGE = (
    f"The request is larger than the limit of {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} "
    f"bytes (5 MiB): send it in parts."
)
NO_DATABASE = "The database does not answer at the moment: try again shortly."

_STATUS: dict[type[Exception], HTTPStatus] = {
    InvalidError: HTTPStatus.BAD_REQUEST,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    ScopeError: HTTPStatus.FORBIDDEN,
    ConflictError: HTTPStatus.PRECONDITION_FAILED,
    HeldError: HTTPStatus.CONFLICT,
    RefusedTokenError: HTTPStatus.UNAUTHORIZED,
    BadCredentialsError: HTTPStatus.UNAUTHORIZED,
    CodeRequiredError: HTTPStatus.UNAUTHORIZED,
    WrongCodeError: HTTPStatus.UNAUTHORIZED,
    KeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    InFlightError: HTTPStatus.CONFLICT,
    PreconditionRequiredError: HTTPStatus.PRECONDITION_REQUIRED,
    TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    LockedOutError: HTTPStatus.TOO_MANY_REQUESTS,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}

_LATER = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error that the hub anticipates; None leaves it to Django's 500."""
    if isinstance(error, TooManyRequestsError | LockedOutError):
        return _answer(of_refusal(error), retry_after=error.retry_after)
    if type(error) in _STATUS:
        refusal = _answer(of_refusal(error))
        if isinstance(error, ScopeError):
            refusal["WWW-Authenticate"] = (
                f'Bearer realm="api", error="{error.reason}", scope="{error.scope}"'
            )
        return refusal
    if isinstance(error, RequestDataTooBig):
        return _answer(document(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE))
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("database_unavailable", exc_info=error)
        return _answer(document(HTTPStatus.SERVICE_UNAVAILABLE, NO_DATABASE))
    if not isinstance(error, APIException | Http404 | PermissionDenied):
        return None
    answer = exception_handler(error, context)
    if answer is None:
        return None
    problem_answer = _answer(document(HTTPStatus(answer.status_code), _said(error)))
    for header in ("Retry-After", "Allow"):
        if header in answer:
            problem_answer[header] = answer[header]
    return problem_answer


def of_refusal(error: Exception) -> dict[str, Any]:
    """Return the problem document of one of the hub's own errors."""
    faults = error.faults if isinstance(error, InvalidError) else ()
    body = document(_STATUS[type(error)], str(error), faults)
    if isinstance(error, CodeRequiredError | WrongCodeError | LockedOutError):
        # They share a status with others, and a program goes on differently.
        body["code"] = error.reason
    return body


def document(
    status: HTTPStatus, detail: str, faults: Sequence[Fault] = ()
) -> dict[str, Any]:
    """Return a problem document."""
    body: dict[str, Any] = {
        "type": f"urn:memoryhub:problem:{status.name.lower().replace('_', '-')}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    if faults:
        body["errors"] = [
            {"pointer": fault.pointer, "detail": fault.detail} for fault in faults
        ]
    return body


def _said(error: Exception) -> str:
    detail = error.detail if isinstance(error, APIException) else error
    return str(detail.get("detail", detail) if isinstance(detail, dict) else detail)


def _answer(body: dict[str, Any], *, retry_after: int = 5) -> Response:
    answer = Response(body, status=body["status"], content_type=MEDIA_TYPE)
    if body["status"] == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="api"'
    if body["status"] in _LATER:
        answer["Retry-After"] = str(retry_after)
    return answer
