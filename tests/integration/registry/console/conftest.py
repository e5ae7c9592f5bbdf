"""``console_desk``: an open desk; ``console_client(name, *roles)``: a browser in which somebody has signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp import oath
from django_otp.oath import totp
from django_otp.plugins.otp_totp import models as otp_models
from django_otp.plugins.otp_totp.models import TOTPDevice

from ippyo.registry.console.roles import parse_role, set_roles
from ippyo.registry.site.office import use

PASSWORD = "a long word of one's own"


def make_user(name: str, *roles: str) -> User:
    user = User.objects.create_user(name, password=PASSWORD)
    set_roles(user, [parse_role(role) for role in roles])
    TOTPDevice.objects.create(user=user, name="totp", confirmed=True)
    return user


def token(user: User, ahead: int = 0) -> str:
    """Return the number that the authenticator shows; ``ahead`` steps of half a minute from now."""
    device = TOTPDevice.objects.get(user=user)
    return f"{totp(device.bin_key, device.step, device.t0, device.digits, device.drift + ahead):06}"


@pytest.fixture(autouse=True)
def _authenticators_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every authenticator show one number all the time, and the same in every run: none is over, or right by luck.

    Django's own clocks, of sessions and brakes, go on.
    """
    monkeypatch.setattr(otp_models, "random_hex", lambda length=20: "5a" * length)
    monkeypatch.setattr(otp_models, "time", SimpleNamespace(time=lambda: 1_792_000_000.0))
    monkeypatch.setattr(oath, "time", lambda: 1_792_000_000.0)


@pytest.fixture
def console_desk(office_maker: Any, settings: Any, db: None) -> Iterator[Any]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    maker = office_maker()
    with use(maker.office()):
        yield maker


@pytest.fixture
def console_user(console_desk: Any) -> Callable[..., User]:
    return make_user


@pytest.fixture
def console_client(console_desk: Any) -> Callable[..., Client]:
    def sign_in(name: str, *roles: str) -> Client:
        user = make_user(name, *roles)
        client = Client(headers={"accept-language": "ja"})
        client.post("/console/sign-in", {"name": name, "password": PASSWORD})
        answer = client.post("/console/second-factor", {"token": token(user)})
        assert answer.status_code == 302
        assert answer["Location"] == "/console/"
        return client

    return sign_in


@pytest.fixture
def console_token() -> Callable[..., str]:
    return token


@pytest.fixture
def console_password() -> str:
    return PASSWORD
