"""Who may open which page, and that nothing is seen without both factors."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
from django.test import Client

from ippyo.registry.console.models import AccessEntry

CLERK, SUPPORT, AUDITOR, ADMIN = "roll-clerk", "support-desk", "auditor", "administrator"

PAGES = {
    "/console/": {CLERK, SUPPORT, AUDITOR, ADMIN},
    "/console/people": {CLERK, SUPPORT},
    "/console/people/add": {CLERK},
    "/console/proposals": {CLERK, SUPPORT},
    "/console/imports": {CLERK},
    "/console/cases": {SUPPORT},
    "/console/figures": {CLERK, SUPPORT, AUDITOR},
    "/console/log": {AUDITOR},
    "/console/issuance": {AUDITOR},
    "/console/staff": {ADMIN},
    "/console/staff/add": {ADMIN},
}
ACTS = {
    "/console/people/1/restore": {CLERK},
    "/console/people/1/code": {SUPPORT},
    "/console/people/1/passkey": {SUPPORT},
    "/console/people/1/withdraw": {SUPPORT},
    "/console/proposals/1": {CLERK, SUPPORT},
    "/console/log/export": {AUDITOR},
    "/console/issuance/export": {AUDITOR},
    "/console/staff/nobody": {ADMIN},
}


@pytest.mark.parametrize("role", [CLERK, SUPPORT, AUDITOR, ADMIN])
def test_each_role_opens_its_own_pages_only(console_client: Any, role: str) -> None:
    client = console_client("hanako", role)
    for page, roles in PAGES.items():
        answer = client.get(page)
        assert answer.status_code == (200 if role in roles else 403), page
        assert "no-store" in answer["Cache-Control"]
    for act, roles in ACTS.items():
        answer = client.post(act, {"reason": "x"})
        assert (answer.status_code != 403) == (role in roles), act
        assert client.get(act).status_code == 405
    refused = AccessEntry.objects.filter(act="denied").count()
    assert refused == sum(role not in roles for roles in [*PAGES.values(), *ACTS.values()])


def test_what_is_not_there_leads_on(console_client: Any) -> None:
    client = console_client("hanako", CLERK)
    for lost in ("/console/people/1", "/console/people/1/change"):
        answer = client.get(lost)
        assert answer.status_code == 404
        assert 'class="button primary" href="/console/people"' in answer.content.decode()
    nowhere = client.get("/console/nowhere", headers={"accept": "text/html"})
    assert nowhere.status_code == 404
    assert 'href="/console/"' in nowhere.content.decode()
    for style in re.findall('rel="stylesheet" href="([^"]+)"', nowhere.content.decode()):
        with closing(client.get(style)) as file:
            assert file.status_code == 200
    assert 'href="/"' in client.get("/nowhere", headers={"accept": "text/html"}).content.decode()


def test_a_wrong_field_names_its_error(console_client: Any) -> None:
    answer = console_client("hanako", CLERK).post("/console/people", {"born": "1980-13-01", "reason": ""})
    page = answer.content.decode()
    for name in ("born", "reason"):
        assert f'aria-describedby="id_{name}_error"' in page
        assert f'id="id_{name}_error"' in page
    assert "ここは空にできません。" in page


def test_nothing_without_signing_in(console_desk: Any) -> None:
    client = Client()
    for page in PAGES:
        assert client.get(page)["Location"] == "/console/sign-in"
    for act in ACTS:
        assert client.post(act)["Location"] == "/console/sign-in"


def test_nothing_with_the_password_alone(console_desk: Any, console_user: Any, console_password: str) -> None:
    console_user("hanako", CLERK)
    client = Client()
    client.post("/console/sign-in", {"name": "hanako", "password": console_password})
    for page in PAGES:
        assert client.get(page)["Location"] == "/console/second-factor"
    for act in ACTS:
        assert client.post(act)["Location"] == "/console/second-factor"


def test_english(console_client: Any) -> None:
    client = console_client("hanako", CLERK)
    assert "人を探す" in client.get("/console/people").content.decode()
    client.post("/console/language", {"language": "en", "next": "/console/people"})
    page = client.get("/console/people").content.decode()
    assert "Find a person" in page
    assert "人を探す" not in page


def test_no_form_without_its_token(console_desk: Any, console_user: Any, console_password: str) -> None:
    console_user("hanako", CLERK)
    strict = Client(enforce_csrf_checks=True)
    for page in ("sign-in", "second-factor", "set-up", "sign-out", *(act.removeprefix("/console/") for act in ACTS)):
        assert strict.post(f"/console/{page}", {"name": "hanako", "password": console_password}).status_code == 403
    assert not AccessEntry.objects.exists()


@pytest.mark.parametrize("garbage", ["\0", "'; --", "٣" * 50, "9" * 40, "\ud83d\ude00" * 500, "<script>", "-1"])
def test_garbage_is_no_error_of_ours(console_client: Any, garbage: str) -> None:
    text = garbage.encode("utf-8", "replace").decode()
    clients = [console_client("k", CLERK, SUPPORT), console_client("a", AUDITOR), console_client("m", ADMIN)]
    names = ("name", "number", "born", "address", "reason", "token", "password", "again", "kind", "on", "style", "sex")
    body = dict.fromkeys((*names, "roles", "decision", "voter", "last", "what", "language", "next"), text)
    numbers = [page.replace("/1", f"/{number}") for page in ACTS for number in ("0", "9" * 30)]
    for client in clients:
        for page in (*PAGES, *ACTS, *numbers, "/console/people/1", "/console/cases/1", "/console/language"):
            assert client.post(page, body).status_code < 500, page
            assert client.get(page, {"page": text}).status_code < 500, page
        assert client.post(f"/console/staff/{'%00' if text == chr(0) else 'x'}", body).status_code < 500
        assert client.post("/console/sign-in", body).status_code < 500
        assert client.post("/console/second-factor", body).status_code < 500
