"""The views that find memories."""

import time

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from memories import drafting, mediator
from memories.api import serializers
from memories.api.openapi import parameters_of
from memories.api.views import PROBLEM, HubView
from memories.schemas import answers
from memories.schemas.search import RelatedRequest, SearchRequest, SuggestRequest


class SearchView(HubView):
    """GET and POST /memory/search."""

    @extend_schema(
        parameters=parameters_of(SearchRequest),
        responses={200: answers.SearchAnswer, **PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """Search by the parameters of the address."""
        return self._search(drafting.read(SearchRequest, self.parameters))

    @extend_schema(
        request=SearchRequest, responses={200: answers.SearchAnswer, **PROBLEM}
    )
    def post(self, request: Request) -> Response:
        """Search by the fields of the body."""
        return self._search(drafting.read(SearchRequest, request.data))

    def _search(self, asked: SearchRequest) -> Response:
        started = time.perf_counter()
        page = mediator.search(actor=self.actor, request=asked, now=timezone.now())
        took_ms = round((time.perf_counter() - started) * 1000, 2)
        return Response(
            serializers.results(page, took_ms=took_ms, explain=asked.explain)
        )


class SuggestView(HubView):
    """GET /memory/suggest."""

    @extend_schema(
        parameters=parameters_of(SuggestRequest),
        responses={200: answers.SuggestAnswer, **PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """Say how the word that was begun may go on."""
        found = mediator.suggest(
            actor=self.actor,
            request=drafting.read(SuggestRequest, self.parameters),
            now=timezone.now(),
        )
        return Response(serializers.suggestions(found))


class RelatedView(HubView):
    """GET /memory/{id}/related."""

    @extend_schema(
        parameters=parameters_of(RelatedRequest),
        responses={200: answers.RelatedAnswer, **PROBLEM},
    )
    def get(self, request: Request, memory_id: str) -> Response:
        """Find what is like a memory."""
        found = mediator.related(
            actor=self.actor,
            memory_id=self.memory_id,
            request=drafting.read(RelatedRequest, self.parameters),
            now=timezone.now(),
        )
        return Response(serializers.related(found))
