"""Accounts of the staff: made with a one-time password, which its owner replaces when connecting the second factor."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from io import BytesIO

import segno
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from ippyo.errors import InputError
from ippyo.registry.console import log
from ippyo.registry.console.roles import Role, require_separate, set_roles

__all__ = [
    "RECOVERY_CODES",
    "add_account",
    "change_roles",
    "close_account",
    "find_account",
    "has_second_factor",
    "new_recovery_codes",
    "qr_svg",
    "reset_account",
    "staff",
    "waiting_device",
]

RECOVERY_CODES = 10
_LONGEST_NAME = 40


def staff() -> QuerySet[User]:
    """Return all accounts, by name."""
    return User.objects.order_by("username").prefetch_related("groups")


def find_account(name: str) -> User:
    """Return the account of that name. Raises :class:`InputError`."""
    user = User.objects.filter(username=name).first() if name.isascii() and name.isprintable() else None
    if user is None:
        raise InputError("no member of staff has this name")
    return user


@transaction.atomic
def add_account(name: str, roles: Collection[Role], by: str) -> str:
    """Make an account and return its one-time password, which is kept nowhere in clear.

    Raises :class:`InputError` for a name that is taken or odd, and for roles that do not go together.
    """
    require_separate(roles)
    if not (1 <= len(name) <= _LONGEST_NAME and name.isascii() and name.replace("-", "").replace(".", "").isalnum()):
        raise InputError(f"a staff name is 1 to {_LONGEST_NAME} letters, digits, dots and hyphens")
    if User.objects.filter(username__iexact=name).exists():
        raise InputError("another member of staff has this name")
    password = _password()
    set_roles(User.objects.create_user(name, password=password), roles)
    log.record(by, "staff-add", reason=_about(name, roles))
    return password


@transaction.atomic
def change_roles(name: str, roles: Collection[Role], by: str) -> None:
    """Give the account these roles and no others. Raises :class:`InputError`."""
    set_roles(find_account(name), roles)
    log.record(by, "staff-roles", reason=_about(name, roles))


@transaction.atomic
def reset_account(name: str, by: str) -> str:
    """Remove password, second factor and recovery codes; return a new one-time password. Raises :class:`InputError`."""
    user, password = find_account(name), _password()
    for device in (TOTPDevice, StaticDevice):
        device.objects.filter(user=user).delete()
    user.set_password(password)
    user.is_active = True
    user.save()
    log.record(by, "staff-reset", reason=name)
    return password


@transaction.atomic
def close_account(name: str, by: str) -> None:
    """Let nobody sign in by this account any more; what it did stays in the log. Raises :class:`InputError`."""
    user = find_account(name)
    user.is_active = False
    user.save()
    log.record(by, "staff-close", reason=name)


def has_second_factor(user: User) -> bool:
    """Whether the account's authenticator has been connected."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


@transaction.atomic
def waiting_device(user: User) -> TOTPDevice:
    """Return the authenticator that is being connected, made now unless it is there."""
    # The account's row is the lock: a page that is loaded twice at once must not make two, of which it shows one.
    User.objects.select_for_update().get(pk=user.pk)
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "totp"})
    device.user = user
    return device


def new_recovery_codes(user: User) -> list[str]:
    """Make recovery codes, each good for one sign-in without the authenticator; older ones go."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return codes


def qr_svg(text: str) -> str:
    """Return ``text`` as a QR code, an SVG element to stand within a page."""
    out = BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, light="#ffffff", nl=False)
    return out.getvalue().decode()


def _password() -> str:
    return secrets.token_urlsafe(15)


def _about(name: str, roles: Collection[Role]) -> str:
    return f"{name}: {', '.join(sorted(roles))}"
