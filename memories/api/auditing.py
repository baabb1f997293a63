"""The view of the audit."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from memories import drafting, mediator
from memories.api import serializers
from memories.api.around import REFUSALS
from memories.api.openapi import parameters_of
from memories.api.views import HubView
from memories.schemas import answers
from memories.schemas.auditing import AuditRequest


class AuditView(HubView):
    """GET /audit."""

    @extend_schema(
        parameters=parameters_of(AuditRequest),
        responses={200: answers.AuditAnswer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """List who did what to which memories, the newest first; for a CEO."""
        page = mediator.audit(
            actor=self.actor,
            request=drafting.read(AuditRequest, self.parameters),
            now=timezone.now(),
        )
        return Response(serializers.audit(page))
