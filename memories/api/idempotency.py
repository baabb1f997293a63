"""Idempotency-Key: a request that is sent twice is done once, and answered alike.

The answer is kept in the transaction that did the work, so that there is never the one
without the other; a lock on the key tells a repeat that the first is still at work.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor
from memories.access import accessing
from memories.api.errors import MEDIA_TYPE, problem
from memories.api.refusals import InFlightError, KeyReusedError
from memories.errors import Fault, HubError, InvalidError
from memories.models import GivenAnswer

HEADER = "Idempotency-Key"
KEY_LIMIT = 255
KEPT_FOR = timedelta(hours=24)


def once(
    request: Request,
    *,
    actor: Actor,
    now: datetime,
    work: Callable[[], Response],
    memory_id: UUID | None = None,
) -> Response:
    """Do a request's work, or give the answer that it was given before.

    `memory_id` is the memory that the request's address names, if it names one.

    Raises:
        KeyReusedError, InFlightError: as they say.
        InvalidError: the key is empty or too long.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return work()
    if not 1 <= len(key) <= KEY_LIMIT:
        detail = f"must have from 1 to {KEY_LIMIT} characters"
        raise InvalidError([Fault(HEADER, detail)])
    digest = _digest(request, actor)
    with transaction.atomic():
        if not _lock(actor, key):
            raise InFlightError
        given = GivenAnswer.objects.filter(
            user=actor.user, key=key, given_at__gt=now - KEPT_FOR
        ).first()
        if given is None:
            return _do(actor, key, digest, now, work)
        if given.request_digest != digest:
            raise KeyReusedError
        with accessing(actor=actor, action="replay", now=now) as access:
            body = json.loads(given.body)
            access.memory_ids = [memory_id] if memory_id else _stored_in(body)
            if given.status >= HTTPStatus.BAD_REQUEST:
                access.refusal = HTTPStatus(given.status).name.lower()
            else:
                access.returned = len(access.memory_ids)
            return _replay(given, body)


def discard_old(*, now: datetime) -> int:
    """Drop the answers that nobody may ask for again; returns how many."""
    count, _ = GivenAnswer.objects.filter(given_at__lte=now - KEPT_FOR).delete()
    return count


def _do(
    actor: Actor,
    key: str,
    digest: str,
    now: datetime,
    work: Callable[[], Response],
) -> Response:
    try:
        answer = work()
    except HubError as error:
        # The refusal's audit record belongs to this transaction: answer, and commit.
        refused = problem(error, {})
        if refused is None:
            raise
        answer = refused
    GivenAnswer.objects.update_or_create(
        user=actor.user,
        key=key,
        defaults={
            "request_digest": digest,
            "status": answer.status_code,
            "body": JSONRenderer().render(answer.data).decode(),
            "given_at": now,
        },
    )
    return answer


def _stored_in(body: dict[str, Any]) -> Sequence[UUID]:
    """Return the memories that an answer to a store gives: one, or a batch's."""
    return [UUID(one["id"]) for one in body.get("results", [body]) if "version" in one]


def _replay(given: GivenAnswer, body: dict[str, Any]) -> Response:
    refused = given.status >= HTTPStatus.BAD_REQUEST
    return Response(
        body,
        status=given.status,
        headers={"Idempotency-Replayed": "true"},
        content_type=MEDIA_TYPE if refused else None,
    )


def _digest(request: Request, actor: Actor) -> str:
    asked = json.dumps(
        [request.method, request.path, actor.behalf_name, request.data], sort_keys=True
    )
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()


def _lock(actor: Actor, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"idempotency:{actor.actor_id}:{key}"],
        )
        (locked,) = cursor.fetchone()
    return bool(locked)
