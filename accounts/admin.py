"""The screens of accounts and groups, for the CEO."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts import second_factor
from accounts.forms import AccountForm
from accounts.models import ServiceSecret, User
from accounts.roles import SIGNS_IN_BY_SECRET, Role

# A device's own screen would show anybody's secret.
admin.site.unregister([Group, StaticDevice, TOTPDevice])


class SecretsInline(TabularInline):
    """When a service's secrets were made, end, and were last used."""

    model = ServiceSecret
    verbose_name_plural = "secrets, made and changed by manage.py create_service"
    fields = ("created_at", "expires_at", "last_used_at")
    readonly_fields = fields
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A secret is shown to whoever makes it, and a page stays in histories."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing of it is anybody's to change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was in use stays to be seen."""
        return False


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not generic
    """People and services; the role is the group they are in."""

    actions = None
    form = AccountForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "first_name", "last_name", "shown_role", "is_active")
    list_filter = ("is_active", "groups")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    filter_horizontal = ("groups",)
    readonly_fields = ("shown_factor", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name")}),
        ("Role and groups", {"fields": ("groups", "is_active")}),
        ("Second factor", {"fields": ("shown_factor",)}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "usable_password", "password1", "password2")}),
        ("Role and groups", {"fields": ("groups",)}),
    )

    def get_inlines(
        self, request: HttpRequest, obj: User | None
    ) -> list[type[TabularInline]]:
        """Show the secrets of who has some."""
        has_secrets = obj is not None and obj.role in SIGNS_IN_BY_SECRET
        return [SecretsInline] if has_secrets else []

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        """Keep the last CEO: nobody else could make another."""
        kept = obj is not None and obj.is_the_last_ceo()
        return not kept and super().has_delete_permission(request, obj)

    @display(description="authenticator")
    def shown_factor(self, user: User) -> str:
        """Say since when there is one, and lead to where it is reset."""
        app = second_factor.app_of(user)
        if app is None:
            return "none"
        url = reverse("admin:second_factor_reset", args=[user.pk])
        since = f"{app.created_at:%-d %b %Y}"
        link = '<a class="hub-link" href="{}">reset</a>'
        return format_html("since {} · " + link, since, url)

    @display(description="role")
    def shown_role(self, user: User) -> Role:
        """Name the role."""
        return user.role


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, ModelAdmin):
    """Groups to share memories with, beside the roles, which stay as they are."""

    actions = None
    fields = ("name",)

    def has_change_permission(
        self, request: HttpRequest, obj: Group | None = None
    ) -> bool:
        """Let a role keep its name: it is known by it."""
        return not _is_role(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Group | None = None
    ) -> bool:
        """Keep the roles."""
        return not _is_role(obj) and super().has_delete_permission(request, obj)


def _is_role(group: Group | None) -> bool:
    return group is not None and group.name in set(Role)
