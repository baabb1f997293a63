"""A screen whose every look and refusal is on record: once, and as what it was."""

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, ProgrammingError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from memories.errors import ForbiddenError, HubError, InvalidError, NotFoundError

logger = structlog.get_logger(__name__)

type Context = dict[str, Any] | None


_NOT_TO_BE_LOOKED_FOR = (
    DataError,
    OverflowError,
    ProgrammingError,
    TypeError,
    ValueError,
)


class SeeOther(HttpResponseRedirectBase):
    """Send a browser on that has posted something."""

    status_code = 303


class NarrowedList(ChangeList):
    """A list that takes what cannot be looked for as a filter that there is not."""

    def __init__(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                super().__init__(*args, **options)
        except _NOT_TO_BE_LOOKED_FOR as error:
            logger.info("filter_refused", exc_info=True)
            raise IncorrectLookupParameters(error) from error


class RecordedAdmin(ModelAdmin):
    """What a screen shows is recorded before it is sent, and what it refuses after.

    The record of a refusal is written outside Django's transaction, which it would not
    outlive. What a look or a refusal is called is each screen's to say.
    """

    def look_at_list(self, request: HttpRequest, listed: ChangeList) -> None:
        """Record that a list is shown."""
        raise NotImplementedError

    def look_at(self, request: HttpRequest, object_id: str) -> None:
        """Record that a page is shown.

        Raises:
            Http404, PermissionDenied: it is not to be; that is on record.
        """
        raise NotImplementedError

    def refuse(
        self, request: HttpRequest, deed: str, object_id: str | None, reason: str
    ) -> None:
        """Record what was refused around the mediator, or rolled back with its record.

        The deed is to `list`, `read`, `create`, `change` or `delete`, or the screen's.
        """
        raise NotImplementedError

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        """Answer every filter that is wrong alike."""
        return NarrowedList

    def get_object(self, request: HttpRequest, object_id: str, *rest: Any) -> Any:
        """Find nothing under a key that PostgreSQL does not take."""
        try:
            return super().get_object(request, object_id, *rest)
        except DataError:
            return None

    def listed(self, request: HttpRequest, object_id: str, deed: str) -> Any:
        """Return what an address names, of those that this screen may list.

        Raises:
            Http404: there is none; that is on record.
        """
        found = self.get_object(request, unquote(object_id))
        if found is None:
            self.refuse(request, deed, object_id, NotFoundError.reason)
            raise Http404
        return found

    def changelist_view(
        self, request: HttpRequest, extra_context: Context = None
    ) -> HttpResponse:
        """Show the list, after it is on record what it shows."""
        try:
            answer: HttpResponse = super().changelist_view(request, extra_context)
        except PermissionDenied:
            self.refuse(request, "list", None, ForbiddenError.reason)
            raise
        except SuspiciousOperation:
            self.refuse(request, "list", None, InvalidError.reason)
            raise
        if f"?{ERROR_FLAG}=" in answer.get("Location", ""):
            self.refuse(request, "list", None, InvalidError.reason)
        context = getattr(answer, "context_data", None)
        if context and "cl" in context:
            self.look_at_list(request, context["cl"])
        return answer

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Context = None
    ) -> HttpResponse:
        """Make one, or record that it was refused."""
        show = partial(super().add_view, request, form_url, extra_context)
        return self.recorded(request, None, "create", show)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Context = None,
    ) -> HttpResponse:
        """Show or change one, which is on record."""
        show = partial(super().change_view, request, object_id, form_url, extra_context)
        return self.recorded(request, object_id, "change", show)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Context = None
    ) -> HttpResponse:
        """Ask before one is deleted, which is on record like the deed."""
        show = partial(super().delete_view, request, object_id, extra_context)
        return self.recorded(request, object_id, "delete", show)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Context = None
    ) -> HttpResponse:
        """Show what was done with one, which is on record."""
        show = partial(super().history_view, request, object_id, extra_context)
        return self.recorded(request, object_id, "read", show)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Refuse to change what is not there, rather than send somebody on."""
        if request.method == "POST":
            raise Http404
        answer: HttpResponse = super()._get_obj_does_not_exist_redirect(
            request, opts, object_id
        )
        return answer

    def recorded(
        self,
        request: HttpRequest,
        object_id: str | None,
        deed: str,
        show: Callable[[], HttpResponse],
    ) -> HttpResponse:
        """Answer with a page that is on record if it shows something, or refuses."""
        is_sent = request.method == "POST"
        if object_id and not is_sent:
            self.look_at(request, object_id)
        try:
            answer = show()
        except PermissionDenied:
            self.refuse(request, deed, object_id, ForbiddenError.reason)
            raise
        except SuspiciousOperation:
            self.refuse(request, deed, object_id, InvalidError.reason)
            raise
        except Http404:
            if is_sent:
                self.refuse(request, deed, object_id, NotFoundError.reason)
            raise
        except HubError as refusal:
            # Its own record went with Django's transaction.
            self.refuse(request, deed, object_id, refusal.reason)
            self.message_user(request, str(refusal), messages.ERROR)
            return SeeOther(request.path)
        if object_id and is_sent and answer.status_code == 200:
            # The form comes back with its faults, and with what it is about.
            self.look_at(request, object_id)
        return answer
