"""Signing in, and what Django's own permission questions are answered with."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from accounts import credentials
from accounts.models import User
from accounts.roles import Role


class RoleBackend(ModelBackend):
    """Answer by role: what is not a memory is the CEO's alone.

    Who may see or change a memory is decided by `memories.permissions`, never here.
    """

    def authenticate(  # type: ignore[override]  # the stubs mean Django's own user
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **others: Any,
    ) -> AbstractBaseUser | None:
        """Return whom an address and a password, or a service's secret, belong to."""
        service = credentials.holder(
            email=username or "", text=password or "", now=timezone.now()
        )
        return service or super().authenticate(request, username, password, **others)

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Say whether somebody may do what no memory is concerned with."""
        return _is_ceo(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Say whether somebody may see a part of the admin."""
        return _is_ceo(user_obj)


def _is_ceo(user: AbstractBaseUser | AnonymousUser) -> bool:
    return isinstance(user, User) and user.is_active and user.role is Role.CEO
