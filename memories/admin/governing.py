"""The screens of what is the CEO's alone: who looks at them is on record as well."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from unfold.views import ChangeList

from accounts.actor import Channel
from memories import mediator
from memories.actors import actor_of
from memories.admin.recording import RecordedAdmin
from memories.errors import ForbiddenError


class GovernedAdmin(RecordedAdmin):
    """A screen of accounts, of groups or of policies, by the `kind` that it shows."""

    kind: str

    def action(self, deed: str) -> str:
        """Return what the audit calls a deed."""
        return f"{self.kind}_{deed}"

    def look_at_list(self, request: HttpRequest, listed: ChangeList) -> None:
        """Record that somebody saw so many."""
        self._look(request, "list", returned=len(listed.result_list))

    def look_at(self, request: HttpRequest, object_id: str) -> None:
        """Record that somebody saw one."""
        self._look(request, "read", about=self._about(object_id), returned=1)

    def refuse(
        self, request: HttpRequest, deed: str, object_id: str | None, reason: str
    ) -> None:
        """Record what Django refused, and of which."""
        mediator.refused(
            actor=actor_of(request, Channel.ADMIN),
            action=self.action(deed),
            reason=reason,
            about=self._about(object_id) if object_id else "",
            now=timezone.now(),
        )

    def _look(self, request: HttpRequest, deed: str, **seen: Any) -> None:
        try:
            mediator.look(
                actor=actor_of(request, Channel.ADMIN),
                action=self.action(deed),
                now=timezone.now(),
                **seen,
            )
        except ForbiddenError as refusal:
            raise PermissionDenied(str(refusal)) from None

    def _about(self, object_id: str) -> str:
        return f"{self.kind} {object_id}"
