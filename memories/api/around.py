"""The views of what stands around a memory: its readers, shares and annotations."""

from http import HTTPStatus

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from memories import drafting, mediator
from memories.api import serializers
from memories.api.idempotency import once
from memories.api.openapi import parameters_of
from memories.api.views import IDEMPOTENCY, PROBLEM, HubView
from memories.schemas import answers
from memories.schemas.annotating import AnnotationsRequest, Note
from memories.schemas.sharing import ShareRequest, UnshareRequest

REFUSALS = {**PROBLEM, 403: answers.ProblemAnswer}


class AccessView(HubView):
    """GET /memory/{id}/access."""

    @extend_schema(responses={200: answers.AccessAnswer, **PROBLEM})
    def get(self, request: Request, memory_id: str) -> Response:
        """Say who may see a memory, by which rule, and to a CEO who has looked at it.

        Who may not share it learns why they may see it themselves.
        """
        found = mediator.access(
            actor=self.actor, memory_id=self.memory_id, now=timezone.now()
        )
        return Response(serializers.access(found))


class SharesView(HubView):
    """GET, POST and DELETE /memory/{id}/shares."""

    @extend_schema(responses={200: answers.SharesAnswer, **REFUSALS})
    def get(self, request: Request, memory_id: str) -> Response:
        """List with whom a memory is shared, for who may share it."""
        found = mediator.shares(
            actor=self.actor, memory_id=self.memory_id, now=timezone.now()
        )
        return Response({"shares": list(map(serializers.share, found))})

    @extend_schema(
        request=ShareRequest,
        responses={200: answers.ShareAnswer, 201: answers.ShareAnswer, **REFUSALS},
    )
    def post(self, request: Request, memory_id: str) -> Response:
        """Share a memory with a person or a group; again replaces what they may do."""
        asked = drafting.read(ShareRequest, request.data)
        shared = mediator.share(
            actor=self.actor,
            memory_id=self.memory_id,
            with_user=asked.user,
            with_group=asked.group,
            can=asked.can,
            now=timezone.now(),
        )
        return Response(
            serializers.share(shared.share),
            status=HTTPStatus.CREATED if shared.is_new else HTTPStatus.OK,
        )

    @extend_schema(
        parameters=parameters_of(UnshareRequest),
        responses={204: None, **REFUSALS},
    )
    def delete(self, request: Request, memory_id: str) -> Response:
        """Take a share back, at once; named in the address, or in the body alike."""
        asked = drafting.read(UnshareRequest, self._named())
        mediator.unshare(
            actor=self.actor,
            memory_id=self.memory_id,
            with_user=asked.user,
            with_group=asked.group,
            can=asked.can,
            now=timezone.now(),
        )
        return Response(status=HTTPStatus.NO_CONTENT)

    def _named(self) -> object:
        body = self.request.data
        return {**self.parameters, **body} if isinstance(body, dict) else body


class AnnotationsView(HubView):
    """GET and POST /memory/{id}/annotations."""

    @extend_schema(
        parameters=parameters_of(AnnotationsRequest),
        responses={200: answers.AnnotationsAnswer, **PROBLEM},
    )
    def get(self, request: Request, memory_id: str) -> Response:
        """List what was remarked on a memory, the newest last."""
        page = mediator.annotations(
            actor=self.actor,
            memory_id=self.memory_id,
            request=drafting.read(AnnotationsRequest, self.parameters),
            now=timezone.now(),
        )
        return Response(serializers.annotations(page))

    @extend_schema(
        request=Note,
        parameters=[IDEMPOTENCY],
        responses={201: answers.AnnotationAnswer, **REFUSALS},
    )
    def post(self, request: Request, memory_id: str) -> Response:
        """Remark something on a memory; its version stays."""
        actor, now = self.actor, timezone.now()

        def work() -> Response:
            annotation = mediator.annotate(
                actor=actor,
                memory_id=self.memory_id,
                note=drafting.read(Note, request.data),
                now=now,
            )
            return Response(
                serializers.annotation(annotation), status=HTTPStatus.CREATED
            )

        return once(request, actor=actor, now=now, work=work, memory_id=self.memory_id)
