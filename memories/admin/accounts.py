"""The screens of accounts and groups, whose changes and looks are on record."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.actor import Channel
from accounts.admin import GroupAdmin, UserAdmin
from accounts.models import User
from memories import mediator
from memories.actors import actor_of
from memories.admin.governing import GovernedAdmin

admin.site.unregister([User, Group])


class AccountsAdmin(GovernedAdmin):
    """A screen whose changes are recorded where Django logs them as well.

    That is inside the transaction of the change, which does not outlive the failure
    to record it. Django's own log stays as well: it is what a page's history shows.
    """

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Record that something was made."""
        _record(request, f"{self.kind}_create", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Record what was changed."""
        entry = super().log_change(request, obj, message)
        _record(request, f"{self.kind}_change", obj, entry.get_change_message())
        return entry

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        """Record that something goes."""
        for obj in queryset:
            _record(request, f"{self.kind}_delete", obj)
        return super().log_deletions(request, queryset)


@admin.register(User)
class RecordedUserAdmin(AccountsAdmin, UserAdmin):
    """Accounts, and who changed them."""

    kind = "account"

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Set somebody's password in one transaction with its record."""
        change = transaction.atomic(super().user_change_password)
        show = partial(change, request, id, form_url)
        return self.recorded(request, id, "change", show)


@admin.register(Group)
class RecordedGroupAdmin(AccountsAdmin, GroupAdmin):
    """Groups, and who changed them."""

    kind = "group"


def _record(request: HttpRequest, action: str, obj: Model, change: str = "") -> None:
    mediator.administered(
        actor=actor_of(request, Channel.ADMIN),
        action=action,
        about=": ".join(filter(None, [f"{action.partition('_')[0]} {obj.pk}", change])),
        now=timezone.now(),
    )
