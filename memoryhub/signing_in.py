"""Signing in to the admin: a password, and then a code if the account asks for one."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast

import django_otp
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.generic import FormView

from accounts import lockout, second_factor, sessions
from accounts.actor import Actor, Channel, Stranger, claimed_name
from accounts.addresses import address_of
from accounts.forms import CodeForm
from accounts.lockout import LockedOutError
from accounts.models import User
from accounts.second_factor import WrongCodeError
from audit import trail
from memories.actors import origin_of
from memories.api.refusals import (
    BadCredentialsError,
    CodeRequiredError,
    TooManyRequestsError,
)
from memories.api.throttles import count_sign_in

PENDING = "sign_in_pending"
"""Whose password was right, in the session of somebody who is not signed in yet."""

_PATIENCE = timedelta(minutes=5)


class LimitedForm(FormView[Any]):
    """A form that may be sent so often, and not by whoever is locked out."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Read the form, or say when to come back."""
        try:
            count_sign_in(request, channel=Channel.ADMIN, now=timezone.now())
            return super().post(request, *args, **kwargs)
        except LockedOutError as refusal:
            _record_refusal(request, self.name_given(), refusal.reason)
            return self._later(refusal)
        except TooManyRequestsError as refusal:
            return self._later(refusal)

    def name_given(self) -> str:
        """Return the address that somebody says is theirs."""
        return self.request.POST.get("username", "")

    def _later(self, refusal: LockedOutError | TooManyRequestsError) -> HttpResponse:
        return TemplateResponse(
            self.request,
            "admin/come_back_later.html",
            {
                **(self.extra_context or {}),
                "title": "Come back later",
                "reason": str(refusal),
            },
            status=HTTPStatus.TOO_MANY_REQUESTS,
            headers={"Retry-After": str(refusal.retry_after)},
        )


class SignInView(LimitedForm, LoginView):
    """The first step: an address and a password."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Let somebody in, or ask for the code that their account asks for."""
        user, leads_to = form.get_user(), self.get_success_url()
        if second_factor.app_of(user) is None:
            return _enter(self.request, user, leads_to=leads_to)
        self.request.session[PENDING] = {
            "user": user.pk,
            "state": user.get_session_auth_hash(),
            "at": timezone.now().timestamp(),
            "leads_to": leads_to,
        }
        _record_refusal(self.request, user.email, CodeRequiredError.reason)
        return redirect("admin:sign_in_code")

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show what is wrong, and record that it was tried."""
        if name := self.name_given():
            _record_refusal(self.request, name, BadCredentialsError.reason)
        return super().form_invalid(form)


@method_decorator([csrf_protect, never_cache], name="dispatch")
class CodeView(LimitedForm):
    """The second step: a code of the account's authenticator, or a recovery code."""

    form_class = CodeForm
    template_name = "admin/sign_in_code.html"
    user: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send those to the first step who have not just been there."""
        user = _pending(request)
        if user is None:
            return redirect("admin:login")
        self.user = user
        return cast("HttpResponse", super().dispatch(request, *args, **kwargs))

    def name_given(self) -> str:
        """Return the address of the account whose password was right."""
        return self.user.email

    def form_valid(self, form: CodeForm) -> HttpResponse:
        """Let somebody in whose code is right."""
        address, now = address_of(self.request), timezone.now()
        lockout.refuse_if_locked(username=self.user.email, address=address, now=now)
        try:
            second_factor.verify(user=self.user, code=form.cleaned_data["code"])
        except WrongCodeError as refusal:
            lockout.fail(username=self.user.email, address=address, now=now)
            _record_refusal(self.request, self.user.email, refusal.reason)
            form.add_error("code", str(refusal))
            return self.form_invalid(form)
        leads_to = self.request.session.pop(PENDING)["leads_to"]
        return _enter(self.request, self.user, leads_to=leads_to)


def _pending(request: HttpRequest) -> User | None:
    pending = request.session.get(PENDING)
    if pending is None:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    in_time = timezone.now().timestamp() - pending["at"] < _PATIENCE.total_seconds()
    if user is None or not in_time:
        return None
    same = constant_time_compare(pending["state"], user.get_session_auth_hash())
    return user if same else None


def _enter(request: HttpRequest, user: User, *, leads_to: str) -> HttpResponse:
    """Sign somebody in who has shown all that their account asks for."""
    now = timezone.now()
    with transaction.atomic():
        origin = origin_of(request, Channel.ADMIN)
        actor = Actor(user=user, **origin)
        trail.record(trail.Access(accessor=actor, action="sign_in", at=now))
        login(request, user, backend="accounts.backends.RoleBackend")
        sessions.begin(request.session, now=now)
        django_otp.login(request, second_factor.app_of(user))
        lockout.succeed(username=user.email, address=origin["ip"])
    return redirect(leads_to)


def _record_refusal(request: HttpRequest, name: str, reason: str) -> None:
    stranger = Stranger(
        actor_name=claimed_name(name), **origin_of(request, Channel.ADMIN)
    )
    trail.record(
        trail.Access(
            accessor=stranger, action="sign_in", at=timezone.now(), refusal=reason
        )
    )
