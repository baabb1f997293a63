"""The views: parse, call one verb, render."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor
from memories import drafting, mediator
from memories.actors import actor_of
from memories.api import serializers
from memories.api.idempotency import HEADER, once
from memories.api.limited import LimitedView
from memories.api.openapi import parameters_of
from memories.api.refusals import PreconditionRequiredError
from memories.errors import Fault, InvalidError
from memories.results import Retrieved
from memories.schemas import answers
from memories.schemas.draft import Amendment, BatchRequest, Draft
from memories.schemas.registry import UnknownSchemaError, json_schema, registry
from memories.schemas.search import RetrieveRequest
from memories.storing import Status

IDEMPOTENCY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Repeat a request with its key for 24 hours: it is done once.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description='The version that the change is made on, such as "3".',
)
PROBLEM = {400: answers.ProblemAnswer, 404: answers.ProblemAnswer}


class HubView(LimitedView):
    """A view of the hub: it knows who asks."""

    @property
    def actor(self) -> Actor:
        """Who asks.

        Raises:
            ForbiddenError, InvalidError: as `actor_of`.
        """
        return actor_of(self.request)

    @property
    def memory_id(self) -> UUID:
        """The memory that the address names."""
        return _id(self.kwargs["memory_id"])

    @property
    def parameters(self) -> dict[str, object]:
        """What the address asks for behind its question mark."""
        return _asked(self.request)


class StoreView(HubView):
    """POST /memory/store."""

    @extend_schema(
        request=Draft,
        parameters=[IDEMPOTENCY],
        responses={200: answers.StoredAnswer, 201: answers.StoredAnswer, **PROBLEM},
    )
    def post(self, request: Request) -> Response:
        """Store one memory; the same (source, external_id) again updates it."""
        actor, now = self.actor, timezone.now()

        def work() -> Response:
            draft = drafting.read_draft(request.data)
            outcome = mediator.store(actor=actor, draft=draft, now=now)
            new = outcome.status is Status.STORED
            return Response(
                serializers.stored(outcome),
                status=HTTPStatus.CREATED if new else HTTPStatus.OK,
            )

        return once(request, actor=actor, now=now, work=work)


class StoreBatchView(HubView):
    """POST /memory/store/batch."""

    @extend_schema(
        request=BatchRequest,
        parameters=[IDEMPOTENCY],
        responses={200: answers.BatchAnswer, **PROBLEM},
    )
    def post(self, request: Request) -> Response:
        """Store up to 1,000 memories; one bad item harms no other."""
        actor, now = self.actor, timezone.now()

        def work() -> Response:
            batch = drafting.read(BatchRequest, request.data)
            outcomes = mediator.store_many(
                actor=actor, drafts=list(map(_draft, batch.memories)), now=now
            )
            return Response({"results": list(map(serializers.batch_item, outcomes))})

        return once(request, actor=actor, now=now, work=work)


class RetrieveView(HubView):
    """GET /memory/retrieve."""

    @extend_schema(
        parameters=parameters_of(RetrieveRequest),
        responses={200: answers.RetrievedAnswer, **PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """Return memories by id, or one by its source and external id."""
        now, asked = timezone.now(), drafting.read(RetrieveRequest, _asked(request))
        if asked.source and asked.external_id:
            memory = mediator.retrieve_external(
                actor=self.actor,
                source=asked.source,
                external_id=asked.external_id,
                now=now,
            )
            found = Retrieved([memory], [])
        else:
            found = mediator.retrieve(actor=self.actor, ids=asked.id, now=now)
        return Response(serializers.retrieved(found))


class MemoryView(HubView):
    """GET, PATCH and DELETE /memory/{id}."""

    @extend_schema(responses={200: answers.MemoryAnswer, **PROBLEM})
    def get(self, request: Request, memory_id: str) -> Response:
        """Return one memory."""
        memory = mediator.retrieve_one(
            actor=self.actor, memory_id=_id(memory_id), now=timezone.now()
        )
        return _with_tag(memory.version, serializers.memory(memory))

    @extend_schema(
        request=Amendment,
        parameters=[IF_MATCH, IDEMPOTENCY],
        responses={
            200: answers.MemoryAnswer,
            **PROBLEM,
            412: answers.ProblemAnswer,
            428: answers.ProblemAnswer,
        },
    )
    def patch(self, request: Request, memory_id: str) -> Response:
        """Change what is named of one memory."""
        actor, now = self.actor, timezone.now()

        def work() -> Response:
            memory = mediator.amend(
                actor=actor,
                memory_id=self.memory_id,
                amendment=drafting.read(Amendment, request.data),
                expected_version=_expected_version(request),
                now=now,
            )
            return _with_tag(memory.version, serializers.memory(memory))

        return once(request, actor=actor, now=now, work=work, memory_id=self.memory_id)

    @extend_schema(responses={204: None, **PROBLEM, 403: answers.ProblemAnswer})
    def delete(self, request: Request, memory_id: str) -> Response:
        """Delete one memory."""
        mediator.forget(actor=self.actor, memory_id=_id(memory_id), now=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class HistoryView(HubView):
    """GET /memory/{id}/history."""

    @extend_schema(responses={200: answers.HistoryAnswer, **PROBLEM})
    def get(self, request: Request, memory_id: str) -> Response:
        """Return every version, the newest first, with who made it and when."""
        entries = mediator.history(
            actor=self.actor, memory_id=_id(memory_id), now=timezone.now()
        )
        return Response({"versions": list(map(serializers.version, entries))})


class StatsView(HubView):
    """GET /stats."""

    @extend_schema(responses={200: answers.StatsAnswer})
    def get(self, request: Request) -> Response:
        """Count what the asker may see."""
        overview = mediator.overview(actor=self.actor, now=timezone.now())
        return Response(serializers.stats(overview))


class SchemasView(LimitedView):
    """GET /schemas."""

    @extend_schema(operation_id="schemas_list", responses={200: answers.SchemasAnswer})
    def get(self, request: Request) -> Response:
        """List the types of memory and their versions."""
        listed = [_type_summary(request, type_) for type_ in registry().types]
        return Response({"schemas": listed})


class SchemaView(LimitedView):
    """GET /schemas/{type}."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 404: answers.ProblemAnswer})
    def get(self, request: Request, type_: str) -> Response:
        """Return the newest version of a type's content as JSON Schema 2020-12."""
        return Response(_schema(type_, None))


class SchemaVersionView(LimitedView):
    """GET /schemas/{type}/{version}."""

    @extend_schema(
        operation_id="schemas_version_retrieve",
        responses={200: OpenApiTypes.OBJECT, 404: answers.ProblemAnswer},
    )
    def get(self, request: Request, type_: str, version: int) -> Response:
        """Return one version of a type's content as JSON Schema 2020-12."""
        return Response(_schema(type_, version))


def _schema(type_: str, version: int | None) -> dict[str, Any]:
    try:
        return json_schema(registry().get(type_, version))
    except UnknownSchemaError as error:
        raise NotFound(str(error)) from None


def _last(values: list[str]) -> str:
    return values[-1]


def _number(values: list[str]) -> int | str:
    number = values[-1]
    return int(number) if number.isdecimal() and len(number) < 20 else number


def _flag(values: list[str]) -> bool | str:
    return {"true": True, "false": False}.get(values[-1].lower(), values[-1])


_PARAMETERS: Mapping[str, Callable[[list[str]], object]] = {
    "id": list,
    "types": list,
    "sources": list,
    "tags": list,
    "limit": _number,
    "explain": _flag,
    "facets": _flag,
}
"""How the parameters are read that are not the last text given."""

_VERSION = re.compile(r'^(?:W/)?("?)(\d{1,9})\1$')


def _draft(raw: object) -> Draft | InvalidError:
    try:
        return drafting.read_draft(raw)
    except InvalidError as error:
        return error


def _asked(request: Request) -> dict[str, object]:
    return {
        name: _PARAMETERS.get(name, _last)(values)
        for name, values in request.query_params.lists()
    }


def _id(text: str) -> UUID:
    """Return the id that an address names."""
    return drafting.read(_Address, {"id": text}).id


class _Address(BaseModel):
    id: UUID


def _expected_version(request: Request) -> int:
    header = request.headers.get("If-Match")
    if header is None:
        raise PreconditionRequiredError
    match = _VERSION.match(header.strip())
    if match is None:
        detail = 'must be a version in quotes, such as "3"'
        raise InvalidError([Fault("If-Match", detail)])
    return int(match[2])


def _with_tag(version: int, body: Mapping[str, Any]) -> Response:
    return Response(body, headers={"ETag": f'"{version}"'})


def _type_summary(request: Request, type_: str) -> dict[str, Any]:
    url = reverse("schema-of-type", kwargs={"type_": type_})
    versions = registry().versions(type_)
    return {
        "type": type_,
        "latest": max(versions),
        "versions": [
            {"version": version, "url": request.build_absolute_uri(f"{url}/{version}")}
            for version in versions
        ],
    }
