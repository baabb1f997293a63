"""The screens of the connectors: how they fare, what came in, and what is decided."""

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from pydantic import ValidationError
from unfold.contrib.filters.admin import ChoicesDropdownFilter, FieldTextFilter
from unfold.decorators import display

from accounts.actor import Channel
from audit.admin import MomentsFilter
from connectors import sealed, watching, working
from connectors.base import UnreadableError
from connectors.models import Delivery, Rules
from connectors.payload import parsed
from connectors.receiving import NoSecretError
from connectors.registry import registry
from connectors.rehearsing import rehearse
from connectors.rules import decide
from memories import mediator
from memories.actors import actor_of
from memories.admin.governing import GovernedAdmin
from memories.admin.recording import SeeOther
from memories.drafting import faults


@admin.register(Delivery)
class DeliveryAdmin(GovernedAdmin):
    """What came in, the newest first; what failed stands out, and can be replayed."""

    kind = "delivery"
    actions = ("replay",)
    list_display = ("when", "connector", "event", "result", "size", "attempts")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("connector", FieldTextFilter),
        ("event", FieldTextFilter),
        ("received_at", MomentsFilter),
    )
    list_filter_submit = True
    list_before_template = "admin/connectors.html"
    search_fields = ("delivery_id__exact",)
    search_help_text = "The vendor's id of a delivery, whole"
    ordering = ("-received_at", "-id")
    show_full_result_count = False
    readonly_fields = ("payload",)
    fields = (
        "connector",
        "delivery_id",
        "event",
        "state",
        "reason",
        "received_at",
        "finished_at",
        "attempts",
        "memory_ids",
        "payload",
    )

    @display(description="when (UTC)", ordering="received_at")
    def when(self, delivery: Delivery) -> str:
        """Say when, to the second."""
        return f"{delivery.received_at:%d %b %Y, %H:%M:%S}"

    @display(
        description="state",
        ordering="state",
        label={"done": "success", "failed": "danger", "received": "info"},
    )
    def result(self, delivery: Delivery) -> tuple[str, str]:
        """Show the state in its colour, with its reason."""
        told = f"{delivery.state} {delivery.reason}".strip()
        return delivery.state, told[:120]

    @display(description="payload")
    def payload(self, delivery: Delivery) -> str:
        """Show what was sent, as text."""
        try:
            body = sealed.opened(bytes(delivery.sealed_body))
        except sealed.UnopenedError as error:
            return str(error)
        try:
            text = json.dumps(parsed(body), indent=2, ensure_ascii=False)
        except UnreadableError:
            text = body.decode(errors="replace")
        return format_html('<pre class="hub-payload">{}</pre>', text)

    @admin.action(description="Replay", permissions=["replay"])
    def replay(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Have what is ticked worked on again."""
        with transaction.atomic():
            count = working.replay(chosen, now=timezone.now())
            mediator.administered(
                actor=actor_of(request, Channel.ADMIN),
                action=self.action("replay"),
                about=f"{count} deliveries",
                now=timezone.now(),
            )
        self.message_user(request, f"{count} will be worked on in a few seconds.")

    def get_urls(self) -> list[URLPattern]:
        """Add where a test is asked for."""
        view = self.admin_site.admin_view(self.send_test)
        name = "connectors_delivery_test"
        return [path("test/<slug:connector>/", view, name=name), *super().get_urls()]

    def send_test(self, request: HttpRequest, connector: str) -> HttpResponse:
        """Try the way of a connector's deliveries, and lead to what came of it."""
        here = reverse("admin:connectors_delivery_changelist")
        if not self.has_replay_permission(request):
            raise PermissionDenied
        if request.method != "POST" or connector not in registry():
            raise Http404
        one, now = registry()[connector], timezone.now()
        url = request.build_absolute_uri(f"/webhooks/{connector}")
        try:
            with transaction.atomic():
                delivery = rehearse(one, url=url, now=now)
                mediator.administered(
                    actor=actor_of(request, Channel.ADMIN),
                    action=self.action("test"),
                    about=str(delivery),
                    now=now,
                )
        except NoSecretError:
            told = f"{one.label} has not been set up: its secret is missing."
            self.message_user(request, told, messages.ERROR)
            return SeeOther(here)
        told = "The test came in. Load this page again: a worker has it in a second."
        self.message_user(request, told, messages.SUCCESS)
        return SeeOther(reverse("admin:connectors_delivery_change", args=[delivery.pk]))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show how the connectors fare above what came in."""
        pulses = watching.pulses(
            base_url=request.build_absolute_uri("/"), now=timezone.now()
        )
        return super().changelist_view(
            request, {**(extra_context or {}), "pulses": pulses}
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Leave the bodies where they are; a page opens its own."""
        queryset: QuerySet[Delivery] = super().get_queryset(request)
        return queryset.defer("sealed_body")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Let a delivery be replayed by who may see it."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes a delivery by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a delivery."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They go by themselves, after DELIVERY_DAYS."""
        return False


class RulesForm(ModelForm[Rules]):
    """What may be decided, checked by the connector's own model."""

    class Meta:
        model = Rules
        fields = ("values",)

    def clean(self) -> dict[str, Any]:
        """Name each field that is wrong."""
        cleaned = super().clean() or {}
        connector = registry()[self.instance.connector]
        try:
            connector.rules.model_validate(cleaned.get("values"))
        except ValidationError as error:
            for fault in faults(error):
                self.add_error("values", f"{fault.pointer}: {fault.detail}")
        return cleaned


@admin.register(Rules)
class RulesAdmin(GovernedAdmin):
    """What is remembered of each tool; what is not named has its default."""

    kind = "rules"
    form = RulesForm
    actions = None
    list_display = ("connector", "decided")

    @display(description="decided otherwise than by default")
    def decided(self, rules: Rules) -> str:
        """Name what was decided."""
        return ", ".join(rules.values) or "nothing"

    def get_form(
        self, request: HttpRequest, obj: Rules | None = None, **options: Any
    ) -> type[ModelForm[Rules]]:
        """Say what there is to decide."""
        if obj:
            fields = registry()[obj.connector].rules.model_fields
            told = [
                f"{name} ({json.dumps(field.get_default(call_default_factory=True))})"
                f": {field.description or ''}".strip()
                for name, field in fields.items()
            ]
            options["help_texts"] = {"values": "JSON, with " + " ".join(told)}
        form: type[ModelForm[Rules]] = super().get_form(request, obj, **options)
        return form

    def save_model(
        self, request: HttpRequest, obj: Rules, form: ModelForm[Rules], change: Any
    ) -> None:
        """Decide, on record."""
        decide(registry()[obj.connector], obj.values)
        mediator.administered(
            actor=actor_of(request, Channel.ADMIN),
            action=self.action("change"),
            about=f"rules {obj.connector}",
            now=timezone.now(),
        )
        self.message_user(
            request, "They hold from the next delivery on.", messages.INFO
        )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show those of connectors that there are."""
        return super().get_queryset(request).filter(connector__in=registry())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Each connector has its rules from the beginning."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rules go with their connector."""
        return False
