"""Signing in: an own account, the password, the second factor; setting both up; signing out."""

from __future__ import annotations

from base64 import b32encode

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login
from django_otp import match_token

from ippyo.errors import RefusedError
from ippyo.registry.codes import attempts
from ippyo.registry.console import accounts, log
from ippyo.registry.console.forms import FactorForm, SetUpForm, SignInForm
from ippyo.registry.console.gate import awake, page, show
from ippyo.registry.registration.client_address import client_address

__all__ = ["second_factor", "set_up", "sign_in", "sign_out"]

_GET_POST = ["GET", "POST"]


@require_http_methods(_GET_POST)
@sensitive_post_parameters()
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password."""
    form = SignInForm(request.POST or None)
    title, submit = _("職員のサインイン"), _("次へ")
    if not form.is_valid():
        return page(request, form, title, submit)
    name = form.cleaned_data["name"]
    brakes = _brakes(request, name)
    if _locked(brakes):
        form.add_error(None, _locked_words())
        return page(request, form, title, submit, status=429)
    user = authenticate(request, username=name, password=form.cleaned_data["password"])
    if user is None:
        _wrong(brakes, name)
        form.add_error(None, _("名前かパスワードが違います。"))
        return page(request, form, title, submit, status=403)
    login(request, user)
    return redirect("console:second-factor")


@require_http_methods(_GET_POST)
@sensitive_post_parameters()
@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the authenticator's number, or a recovery code."""
    user = awake(request)
    if user is None:
        return redirect("console:sign-in")
    if not accounts.has_second_factor(user):
        return redirect("console:set-up")
    form = FactorForm(request.POST or None)
    title, submit = _("2つ目の確認"), _("サインイン")
    if not form.is_valid():
        return page(request, form, title, submit)
    brakes = _brakes(request, user.username)
    if _locked(brakes):
        form.add_error(None, _locked_words())
        return page(request, form, title, submit, status=429)
    with transaction.atomic():
        device = match_token(user, form.cleaned_data["token"].strip().lower())
    if device is None:
        _wrong(brakes, user.username)
        form.add_error(None, _("番号が違うか、古くなっています。"))
        return page(request, form, title, submit, status=403)
    _enter(request, user, device)
    return redirect("console:home")


@require_http_methods(_GET_POST)
@sensitive_post_parameters()
@never_cache
def set_up(request: HttpRequest) -> HttpResponse:
    """Connect the authenticator and choose an own password; then show the recovery codes, once."""
    user = awake(request)
    if user is None:
        return redirect("console:sign-in")
    if accounts.has_second_factor(user):
        return redirect("console:second-factor")
    device = accounts.waiting_device(user)
    form = SetUpForm(user, request.POST or None)
    status = 200
    if form.is_valid():
        brakes = _brakes(request, user.username)
        if _locked(brakes):
            form.add_error(None, _locked_words())
            status = 429
        elif not device.verify_token(form.cleaned_data["token"]):
            _wrong(brakes, user.username)
            form.add_error("token", _("番号が違うか、古くなっています。"))
            status = 403
        else:
            return _finish_set_up(request, user, device, form.cleaned_data["password"])
    # The link is made of this site's own values only.
    picture = mark_safe(accounts.qr_svg(device.config_url))  # noqa: S308
    return show(request, "set_up.html", {"form": form, "picture": picture, "secret": _grouped(device)}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if isinstance(request.user, User):
        log.record(request.user.username, "sign-out")
    logout(request)
    return redirect("console:sign-in")


@transaction.atomic
def _finish_set_up(request: HttpRequest, user: User, device: object, password: str) -> HttpResponse:
    device.confirmed = True  # type: ignore[attr-defined]
    device.save()  # type: ignore[attr-defined]
    user.set_password(password)
    user.save()
    codes = accounts.new_recovery_codes(user)
    log.record(user.username, "second-factor-set-up")
    # A new password ends the account's other sessions, and would end this one.
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    _enter(request, user, device)
    return show(request, "recovery.html", {"codes": codes})


def _enter(request: HttpRequest, user: User, device: object) -> None:
    otp_login(request, device)
    for brake in _brakes(request, user.username):
        attempts.note_right(brake)
    log.record(user.username, "sign-in")


def _brakes(request: HttpRequest, name: str) -> tuple[str, str]:
    """Return what the brake counts by: the account, and the client's address; both are stored as HMAC only."""
    return f"staff {name.lower()}", f"console {client_address(request.META)}"


def _locked(brakes: tuple[str, str]) -> bool:
    try:
        for brake in brakes:
            attempts.require_free(brake)
    except RefusedError:
        return True
    return False


def _wrong(brakes: tuple[str, str], name: str) -> None:
    for brake in brakes:
        attempts.note_wrong(brake)
    if User.objects.filter(username=name).exists():
        # Of a name that nobody has, nothing is kept: it may be a password typed into the wrong field.
        log.record(name, "sign-in-failed")


def _locked_words() -> str:
    return _("間違いが続いたので、しばらくサインインできません。時間をおいてから、もう一度お試しください。")


def _grouped(device: object) -> str:
    """Return the authenticator's secret in groups of four, for typing."""
    secret = b32encode(device.bin_key).decode().rstrip("=")  # type: ignore[attr-defined]
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
