"""Signing in: both factors, the first set-up, recovery codes, the brake, the idle session, signing out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from ippyo.registry.codes.models import Attempts
from ippyo.registry.console import accounts, gate
from ippyo.registry.console.models import AccessEntry
from ippyo.registry.console.roles import Role

CHOSEN = "a word that only hanako knows"


def first_sign_in(password: str) -> Client:
    client = Client(headers={"accept-language": "ja"})
    answer = client.post("/console/sign-in", {"name": "hanako", "password": password})
    assert answer["Location"] == "/console/second-factor"
    assert client.get("/console/second-factor")["Location"] == "/console/set-up"
    return client


def set_up(client: Client, **other: str) -> Any:
    client.get("/console/set-up")
    device = TOTPDevice.objects.get(user__username="hanako")
    shown = f"{totp(device.bin_key):06}"
    return client.post("/console/set-up", {"password": CHOSEN, "again": CHOSEN, "token": shown} | other)


def test_the_authenticator_shows_of_which_site_its_number_is(console_desk: Any) -> None:
    accounts.add_account("hanako", [Role.CLERK], "test")
    address = urlsplit(accounts.waiting_device(accounts.find_account("hanako")).config_url)
    assert unquote(address.path) == "/Ippyo:hanako"
    assert parse_qs(address.query)["issuer"] == ["Ippyo"]


def test_from_the_first_password_to_a_recovery_code(console_desk: Any) -> None:
    password = accounts.add_account("hanako", [Role.CLERK], "test")
    client = first_sign_in(password)
    page = client.get("/console/set-up").content.decode()
    assert re.search("<svg[^>]* viewBox=", page)
    shown = set_up(client)
    codes = re.findall(r"<li><code>(\w+)</code>", shown.content.decode())
    assert len(set(codes)) == accounts.RECOVERY_CODES
    assert "no-store" in shown["Cache-Control"]
    assert client.get("/console/").status_code == 200
    assert client.get("/console/set-up")["Location"] == "/console/second-factor"
    again = Client()
    assert again.post("/console/sign-in", {"name": "hanako", "password": password}).status_code == 403
    again.post("/console/sign-in", {"name": "hanako", "password": CHOSEN})
    assert again.post("/console/second-factor", {"token": codes[0]})["Location"] == "/console/"
    third = Client()
    third.post("/console/sign-in", {"name": "hanako", "password": CHOSEN})
    assert third.post("/console/second-factor", {"token": codes[0]}).status_code == 403
    acts = list(AccessEntry.objects.values_list("act", flat=True))
    assert acts == [
        *("staff-add", "second-factor-set-up", "sign-in", "sign-in-failed", "sign-in", "sign-in-failed"),
    ]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"again": "another"}, 200),
        ({"password": "short", "again": "short"}, 200),
        ({"token": "12345"}, 403),
        ({"token": "abcdef"}, 403),
    ],
)
def test_a_set_up_that_fails(console_desk: Any, wrong: dict[str, str], status: int) -> None:
    client = first_sign_in(accounts.add_account("hanako", [Role.CLERK], "test"))
    answer = set_up(client, **wrong)
    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert client.get("/console/")["Location"] == "/console/second-factor"


def test_the_first_password_does_not_serve_again(console_desk: Any) -> None:
    password = accounts.add_account("hanako", [Role.CLERK], "test")
    client = first_sign_in(password)
    assert "最初のパスワード" in set_up(client, password=password, again=password).content.decode()


def test_wrong_passwords_lock_the_account_and_name_nobody(
    console_desk: Any, console_user: Any, console_password: str
) -> None:
    console_user("hanako", "auditor")
    client = Client()
    for _ in range(6):
        answer = client.post("/console/sign-in", {"name": "hanako", "password": "wrong"})
        assert answer.status_code == 403
    right = {"name": "hanako", "password": console_password}
    assert client.post("/console/sign-in", right).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    assert elsewhere.post("/console/sign-in", right).status_code == 429
    kept = " ".join(Attempts.objects.values_list("client", flat=True))
    assert "hanako" not in kept
    assert "127.0.0.1" not in kept
    # What is typed for a name that nobody has may be a password.
    client.post("/console/sign-in", {"name": "my secret word", "password": "x"})
    assert not AccessEntry.objects.filter(by="my secret word").exists()


def test_wrong_numbers_lock_the_second_factor(console_desk: Any, console_user: Any, console_password: str) -> None:
    user = console_user("hanako", "auditor")
    client = Client()
    client.post("/console/sign-in", {"name": "hanako", "password": console_password})
    statuses = [client.post("/console/second-factor", {"token": "no"}).status_code for _ in range(8)]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    assert client.get("/console/log")["Location"] == "/console/second-factor"
    assert AccessEntry.objects.filter(by=user.username, act="sign-in-failed").exists()


def test_a_number_serves_once(
    console_client: Any, console_user: Any, console_password: str, console_token: Any
) -> None:
    console_client("hanako", "auditor")
    device = TOTPDevice.objects.get(user__username="hanako")
    used = console_token(device.user)
    again = Client()
    again.post("/console/sign-in", {"name": "hanako", "password": console_password})
    assert again.post("/console/second-factor", {"token": used}).status_code == 403


def test_a_page_that_is_loaded_twice_at_once_connects_one_authenticator(
    console_desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.add_account("hanako", [Role.CLERK], "test")
    user, made = accounts.find_account("hanako"), list[TOTPDevice]()
    lock = QuerySet.select_for_update

    def wait_for_the_other_page(rows: Any) -> Any:
        made.append(TOTPDevice.objects.create(user=user, name="totp", confirmed=False))
        return lock(rows)

    monkeypatch.setattr(QuerySet, "select_for_update", wait_for_the_other_page)
    device = accounts.waiting_device(user)
    assert made == [device] == list(TOTPDevice.objects.all())


def test_an_idle_session_ends(console_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = console_client("hanako", "auditor")
    began = timezone.now()
    late = began + timedelta(seconds=gate.IDLE_SECONDS - 60)
    monkeypatch.setattr(timezone, "now", lambda: late)
    assert client.get("/console/").status_code == 200
    monkeypatch.setattr(timezone, "now", lambda: late + timedelta(seconds=gate.IDLE_SECONDS + 60))
    assert client.get("/console/")["Location"] == "/console/sign-in"
    assert "_auth_user_id" not in client.session


def test_signing_out_and_closed_accounts(console_client: Any) -> None:
    client = console_client("hanako", "auditor")
    assert client.get("/console/sign-out").status_code == 405
    client.post("/console/sign-out")
    assert client.get("/console/")["Location"] == "/console/sign-in"
    other = console_client("jiro", "auditor")
    accounts.close_account("jiro", "test")
    assert other.get("/console/")["Location"] == "/console/sign-in"


def test_a_reset_ends_the_session_and_the_second_factor(console_client: Any) -> None:
    client = console_client("hanako", "auditor")
    password = accounts.reset_account("hanako", "test")
    assert client.get("/console/")["Location"] == "/console/sign-in"
    first_sign_in(password)
