"""The admin's forms for accounts."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm, UserChangeForm

from accounts.models import User
from accounts.roles import Role


class AccountForm(UserChangeForm):
    """Change an account, but never so that nobody is left to change one."""

    def clean(self) -> dict[str, Any]:
        """Refuse to take the role from, or to close, the last CEO's account."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        groups = {group.name for group in cleaned.get("groups", ())}
        steps_down = Role.CEO not in groups or not cleaned.get("is_active")
        if steps_down and User.objects.get(pk=self.instance.pk).is_the_last_ceo():
            msg = "This is the last CEO: make somebody else one first."
            raise ValidationError(msg, code="last_ceo")
        return cleaned


class SignInForm(AuthenticationForm):
    """Let people sign in to the admin, and no services."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Refuse a service: it has the API."""
        if isinstance(user, User) and user.role is Role.SERVICE:
            msg = "A service account has no admin: it uses the API."
            raise ValidationError(msg, code="service")
