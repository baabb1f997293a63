"""The pages of the second factor: to set it up, take it off, and reset somebody's."""

from collections.abc import Sequence
from http import HTTPMethod
from typing import Any

import django_otp
import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts import lockout, second_factor
from accounts.actor import Channel
from accounts.addresses import address_of
from accounts.forms import CodeForm
from accounts.lockout import LockedOutError
from accounts.models import User
from accounts.second_factor import WrongCodeError
from audit import trail
from memories.actors import actor_of
from memories.errors import ForbiddenError
from memories.permissions import may_administer


def own(request: HttpRequest, *, user: User, context: dict[str, Any]) -> HttpResponse:
    """Show somebody their second factor, and let them set one up or take it off."""
    form = CodeForm(request.POST if request.method == HTTPMethod.POST else None)
    if form.is_valid():
        is_set = second_factor.app_of(user) is not None
        action = "second_factor_taken_off" if is_set else "second_factor_set"
        address, now = address_of(request), timezone.now()
        try:
            lockout.refuse_if_locked(username=user.email, address=address, now=now)
            if not is_set:
                codes = _set_up(request, user, form.cleaned_data["code"])
                return _page(request, context, codes=codes)
            _take_off(request, user, form.cleaned_data["code"])
            return redirect("admin:second_factor")
        except (LockedOutError, WrongCodeError) as refusal:
            if isinstance(refusal, WrongCodeError):
                lockout.fail(username=user.email, address=address, now=now)
            _record(request, action, refusal=refusal.reason)
            form.add_error("code", str(refusal))
    app = second_factor.app_of(user)
    if app is not None:
        left = second_factor.recovery_codes_left(user)
        return _page(request, context, form=form, app=app, left=left)
    waiting = second_factor.begin(user=user)
    picture = segno.make(second_factor.url_of(waiting), error="m")
    return _page(
        request,
        context,
        form=form,
        picture=picture.svg_inline(scale=5, border=3, light="#fff"),
        secret=second_factor.secret_of(waiting),
    )


def reset(
    request: HttpRequest, account_id: int, *, context: dict[str, Any]
) -> HttpResponse:
    """Take somebody's second factor off, for whoever may change accounts."""
    user, about = request.user, f"account {account_id}"
    is_sent = request.method == HTTPMethod.POST
    if not isinstance(user, User) or not may_administer(user.role):
        action = "second_factor_reset" if is_sent else "account_read"
        _record(request, action, refusal=ForbiddenError.reason, about=about)
        raise PermissionDenied
    account = get_object_or_404(User, pk=account_id)
    if is_sent:
        now = timezone.now()
        with transaction.atomic():
            second_factor.reset(user=account, but=None, now=now)
            LogEntry.objects.log_actions(
                user.pk, [account], CHANGE, "Took the second factor off."
            )
            _record(request, "second_factor_reset", about=about)
        messages.success(request, f"{account} signs in by password alone by now.")
        return redirect("admin:accounts_user_change", account_id)
    _record(request, "account_read", about=about)
    return TemplateResponse(
        request,
        "admin/second_factor_reset.html",
        {**context, "title": "Reset the second factor", "account": account},
    )


def _set_up(request: HttpRequest, user: User, code: str) -> Sequence[str]:
    with transaction.atomic():
        codes = second_factor.confirm(
            user=user,
            code=code,
            keep_session=request.session.session_key,
            now=timezone.now(),
        )
        update_session_auth_hash(request, user)
        _record(request, "second_factor_set")
    django_otp.login(request, second_factor.app_of(user))
    return codes


def _take_off(request: HttpRequest, user: User, code: str) -> None:
    second_factor.verify(user=user, code=code)
    with transaction.atomic():
        second_factor.reset(
            user=user, but=request.session.session_key, now=timezone.now()
        )
        update_session_auth_hash(request, user)
        _record(request, "second_factor_taken_off")
    messages.success(request, "Signing in asks for your password alone by now.")


def _record(
    request: HttpRequest, action: str, *, about: str = "", refusal: str = ""
) -> None:
    actor = actor_of(request, Channel.ADMIN)
    trail.record(
        trail.Access(
            accessor=actor,
            action=action,
            at=timezone.now(),
            about=about,
            refusal=refusal,
        )
    )


def _page(request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponse:
    shown = {
        **context,
        "title": "Second factor",
        "required": settings.ADMIN_TWO_FACTOR == "required",
        **more,
    }
    return TemplateResponse(request, "admin/second_factor.html", shown)
