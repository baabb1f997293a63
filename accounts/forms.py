"""The admin's forms for accounts."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils import timezone
from unfold.forms import AuthenticationForm, UserChangeForm
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import lockout
from accounts.addresses import address_of
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

    def clean(self) -> dict[str, Any]:
        """Check the password.

        Raises:
            lockout.LockedOutError: too many wrong ones came before.
        """
        username = self.cleaned_data.get("username")
        password = self.cleaned_data.get("password")
        if username and password:
            self.user_cache = lockout.check_password(
                username=username,
                password=password,
                address=address_of(self.request),
                now=timezone.now(),
            )
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Refuse a service: it has the API."""
        if isinstance(user, User) and user.role is Role.SERVICE:
            msg = "A service account has no admin: it uses the API."
            raise ValidationError(msg, code="service")


class CodeForm(forms.Form):
    """A code from an authenticator app, or one of the recovery codes."""

    code = forms.CharField(
        max_length=32,
        widget=UnfoldAdminTextInputWidget(
            {"autocomplete": "one-time-code", "autofocus": "", "spellcheck": "false"}
        ),
    )
