"""The one endpoint of all connectors."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.actor import Channel, Stranger
from connectors.base import ForgedError, Incoming
from connectors.receiving import NoSecretError, receive
from connectors.registry import registry
from memories.actors import origin_of
from memories.api.errors import MEDIA_TYPE, document

BODY_LIMIT = 25 * 1024 * 1024
"""As much as the most talkative of the vendors sends."""


@csrf_exempt  # Vendors sign what they send, and have no cookie.
@require_POST
def webhook(request: HttpRequest, name: str) -> HttpResponse:
    """POST /webhooks/{connector}: keep a delivery and say so; work on it later."""
    connector = registry().get(name)
    if connector is None:
        return _problem(HTTPStatus.NOT_FOUND, "There is no such connector.")
    body = request.read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        return _problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"A delivery may have up to {BODY_LIMIT} bytes (25 MiB).",
        )
    incoming = Incoming(
        headers={key.lower(): value for key, value in request.headers.items()},
        body=body,
        url=request.build_absolute_uri(),
        received_at=timezone.now(),
    )
    by = Stranger(actor_name=name, **origin_of(request, Channel.WEBHOOK))
    try:
        label = receive(connector, incoming, by=by)
    except NoSecretError:
        return _problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "This connector has not been set up."
        )
    except ForgedError:
        return _problem(HTTPStatus.UNAUTHORIZED, "The delivery was refused.")
    return JsonResponse(dict(label.answer) or {"status": "received"})


def _problem(status: HTTPStatus, detail: str) -> JsonResponse:
    return JsonResponse(
        document(status, detail), status=status, content_type=MEDIA_TYPE
    )
