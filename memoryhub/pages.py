"""The answer where no view gives one: a page for people, a problem for programs."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from memories.api.errors import MEDIA_TYPE, document


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses to read."""
    return _page(request, HTTPStatus.BAD_REQUEST, "The request could not be read.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses to do."""
    return _page(request, HTTPStatus.FORBIDDEN, "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return _page(request, HTTPStatus.NOT_FOUND, "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a fault of the hub's own."""
    detail = "The hub failed at this request; the fault is in its log."
    return _page(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _page(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    """Answer people with a page, and programs with a problem document."""
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        return render(
            request, "problem.html", {"status": status, "detail": detail}, status=status
        )
    return JsonResponse(
        document(status, detail), status=status, content_type=MEDIA_TYPE
    )
