"""The admin's forms for accounts."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from accounts.models import User
from accounts.roles import Role


class SignInForm(AuthenticationForm):
    """Let people sign in to the admin, and no services."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Refuse a service: it has the API."""
        if isinstance(user, User) and user.role is Role.SERVICE:
            msg = "A service account has no admin: it uses the API."
            raise ValidationError(msg, code="service")
