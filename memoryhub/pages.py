"""The answer where no view gives one: a page for people, a problem for programs."""

import sys
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from audit.trail import UnavailableError
from memories.api.errors import MEDIA_TYPE, NO_DATABASE, document

logger = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses to read."""
    is_said = isinstance(exception, BadRequest) and str(exception)
    detail = str(exception) if is_said else "The request could not be read."
    return _page(request, HTTPStatus.BAD_REQUEST, detail)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses to do."""
    detail = str(exception) or "You may not do this."
    return _page(request, HTTPStatus.FORBIDDEN, detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return _page(request, HTTPStatus.NOT_FOUND, "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a fault of the hub's own, or an outage that a middleware ran into.

    Django asks for this page while it handles the exception.
    """
    error = sys.exception()
    if error is not None and (answer := _of_outage(request, error)):
        return answer
    detail = "The hub failed at this request; the fault is in its log."
    return _page(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)


class OutageMiddleware:
    """Answer a page that could not be recorded, or has no database, as the API does.

    It sees what views raise; what a middleware raises, `server_error` sees.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leave all else to the views."""
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        """Answer 503 while the hub cannot do its work."""
        return _of_outage(request, error)


def _of_outage(request: HttpRequest, error: BaseException) -> HttpResponse | None:
    if isinstance(error, UnavailableError):
        detail = str(error)
    elif isinstance(error, OperationalError | InterfaceError):
        logger.error("database_unavailable", exc_info=error)
        detail = NO_DATABASE
    else:
        return None
    answer = _page(request, HTTPStatus.SERVICE_UNAVAILABLE, detail)
    answer["Retry-After"] = "5"
    return answer


def _page(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    """Answer people with a page, and programs with a problem document."""
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        return render(
            request, "problem.html", {"status": status, "detail": detail}, status=status
        )
    return JsonResponse(
        document(status, detail), status=status, content_type=MEDIA_TYPE
    )
