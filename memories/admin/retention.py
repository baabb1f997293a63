"""The screen of the retention policies."""

from typing import Any

from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from accounts.actor import Channel
from memories import retention
from memories.actors import actor_of
from memories.admin.governing import GovernedAdmin
from memories.models import RetentionPolicy


class RetentionPolicyAdmin(GovernedAdmin):
    """How long each type is kept; what is not listed follows its schema's default."""

    kind = "retention"
    actions = None
    list_display = ("type", "kept_for", "updated_at")
    list_before_template = "admin/retention_defaults.html"

    def action(self, deed: str) -> str:
        """Call each change what the verb that makes it is called."""
        return super().action(deed) if deed in {"list", "read"} else "set_retention"

    @display(description="kept for")
    def kept_for(self, policy: RetentionPolicy) -> str:
        """Say how long in words."""
        return f"{policy.days} days" if policy.days else "ever"

    def get_readonly_fields(
        self, request: HttpRequest, obj: RetentionPolicy | None = None
    ) -> tuple[str, ...]:
        """Let a policy's type stand once it is made."""
        return ("type",) if obj else ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show what holds for every type beside what was decided."""
        in_force = {"in_force": retention.policies().values()}
        return super().changelist_view(request, {**(extra_context or {}), **in_force})

    def save_model(
        self,
        request: HttpRequest,
        obj: RetentionPolicy,
        form: ModelForm[RetentionPolicy],
        change: Any,
    ) -> None:
        """Decide by the domain, which also shortens what is stored already."""
        retention.decide(
            actor=actor_of(request, Channel.ADMIN),
            type_=obj.type,
            days=obj.days,
            now=timezone.now(),
        )

    def delete_model(self, request: HttpRequest, obj: RetentionPolicy) -> None:
        """Return to the schema's default."""
        retention.return_to_default(
            actor=actor_of(request, Channel.ADMIN), type_=obj.type, now=timezone.now()
        )
