"""How the site answers: headers, limits, refusals in two languages, and nothing of the inside."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from ippyo.errors import InputError, ParseError, RefusedError
from ippyo.identity.digital_auth import DigitalAuthConfig
from ippyo.registry.site import api, office, opening
from ippyo.registry.site.config import Config, DigitalAuthFiles
from ippyo.registry.site.middleware import SessionCookie
from ippyo.registry.site.refusals import REFUSALS
from ippyo.registry.site.urls import addresses
from ippyo.sites.logs import WithoutRequests

pytestmark = [pytest.mark.urls(__name__)]


@api.api("POST", "PUT")
def view(request: HttpRequest) -> dict[str, object]:
    body = api.read_body(request, 10)
    if body == b"refuse":
        raise RefusedError("under-age", "a detail for staff")
    if body == b"parse":
        raise ParseError("what", "a detail")
    if body == b"unknown":
        raise RefusedError("never-heard-of")
    if body == b"bug":
        raise ZeroDivisionError("a secret word")
    return {"length": len(body)}


urlpatterns = [path("api/view", view)]
handler400, handler404 = api.bad_request, api.not_found
handler403, handler500 = api.forbidden, api.server_error


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def send(visitor: Client, body: bytes) -> Any:
    return visitor.post("/api/view", body, content_type="application/json")


def code(response: Any) -> str:
    value = json.loads(response.content)
    assert set(value) == {"code", "message"}
    assert set(value["message"]) == {"ja", "en"}
    assert response["Cache-Control"] == "no-store"
    return str(value["code"])


def test_an_answer(visitor: Client) -> None:
    response = send(visitor, b"{}")
    assert response.status_code == 200
    assert response.content == b'{"length":2}'
    assert response["Content-Type"] == "application/json; charset=utf-8"


def test_headers(visitor: Client) -> None:
    response = send(visitor, b"{}")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert response["X-Frame-Options"] == "DENY"


def test_only_the_registration_page_keeps_in_touch_with_what_it_opens(vendor: None, visitor: Client) -> None:
    policies = [visitor.get(path)["Cross-Origin-Opener-Policy"] for path in ("/registration/", "/registration/help")]
    assert policies == ["same-origin-allow-popups", "same-origin"]


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"refuse", 403, "under-age"),
        (b"parse", 400, "malformed"),
        (b"unknown", 500, "never-heard-of"),
        (b"more than ten bytes", 413, "too-large"),
        (b"bug", 500, "internal-error"),
    ],
)
def test_refusals(visitor: Client, body: bytes, status: int, expected: str) -> None:
    response = send(visitor, body)
    assert (response.status_code, code(response)) == (status, expected)
    for word in (b"detail", b"secret", b"Traceback", b"ZeroDivision"):
        assert word not in response.content


def test_a_body_over_the_sites_limit_is_not_read(visitor: Client) -> None:
    response = visitor.post("/nowhere", bytes(1 << 20), content_type="application/json")
    assert (response.status_code, code(response)) == (413, "too-large")


def test_a_length_that_is_none() -> None:
    request = RequestFactory().post("/api/view", b"{}", content_type="application/json")
    request.META["CONTENT_LENGTH"] = "-1"
    response = Client().get("/api/view", CONTENT_LENGTH="x")
    assert code(response) == "malformed"


def test_other_methods(visitor: Client) -> None:
    response = visitor.get("/api/view")
    assert (response.status_code, code(response)) == (405, "method-not-allowed")
    assert response["Allow"] == "POST, PUT"


def test_a_page_that_is_not_there(visitor: Client) -> None:
    assert code(visitor.get("/nowhere")) == "not-found"
    page = visitor.get("/nowhere", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert page["Content-Type"].startswith("text/html")
    assert REFUSALS["not-found"].message.ja in page.content.decode()


def test_a_strange_host(visitor: Client) -> None:
    response = visitor.get("/nowhere", headers={"host": "evil.example"})
    assert (response.status_code, code(response)) == (400, "malformed")


def test_a_post_without_the_token() -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    response = send(strict, b"{}")
    assert (response.status_code, code(response)) == (403, "no-visit")


def test_django_s_own_denial(rf: RequestFactory) -> None:
    assert api.forbidden(rf.get("/api/x")).status_code == 403


def test_every_503_says_when_to_come_again() -> None:
    for name, refusal in REFUSALS.items():
        assert refusal.message.ja
        assert refusal.message.en
        assert ("Retry-After" in api.refuse(name).headers) == (refusal.status in {429, 503})
    assert api.refuse("never-heard-of").status_code == 500


def test_the_codes_of_the_registration_page_are_all_there() -> None:
    from pathlib import Path  # noqa: PLC0415

    text = Path(__file__).parents[4].joinpath("docs/registration.md").read_text()
    table = text.split("## 4.")[1].split("On the card itself")[0]
    for line in table.splitlines():
        if line.startswith("| `"):
            names, _, statuses = line.strip("| ").split(" | ")
            codes = names.replace("`", "").split(" · ")
            wanted = statuses.split(" / ")
            for number, name in enumerate(codes):
                assert str(REFUSALS[name].status) == wanted[min(number, len(wanted) - 1)], name


# --- the office and the addresses ---


def test_no_office_before_one_is_installed() -> None:
    assert office.current_office() is None
    with pytest.raises(InputError, match="registry serve"):
        office.office()


def test_the_policy_names_the_other_issuers_and_the_agent(office_maker: Any, visitor: Client) -> None:
    maker = office_maker()
    with office.use(maker.office()) as opened:
        assert office.office() is opened
        policy = send(visitor, b"{}")["Content-Security-Policy"]
    assert f"connect-src 'self' {opened.config.issuers[1]} http://127.0.0.1:*" in policy
    assert office.current_office() is None


@pytest.mark.parametrize("value", ['"aaaaaaaaaaaa\\000"', "a" * 31, "A" * 32, "a" * 5000])
def test_a_session_cookie_that_is_none_is_dropped(rf: RequestFactory, value: str) -> None:
    seen: list[dict[str, str]] = []

    def site(request: HttpRequest) -> HttpResponse:
        seen.append(dict(request.COOKIES))
        return HttpResponse()

    name = settings.SESSION_COOKIE_NAME
    SessionCookie(site)(rf.get("/", headers={"Cookie": f"{name}={value}; other=1"}))
    SessionCookie(site)(rf.get("/", headers={"Cookie": f"{name}={'a1' * 16}"}))
    assert seen == [{"other": "1"}, {name: "a1" * 16}]


@pytest.mark.parametrize(("test", "accepted"), [(False, ()), (False, ("aal3",)), (True, ())])
def test_in_production_a_way_of_signing_in_must_be_named(
    office_maker: Any, monkeypatch: pytest.MonkeyPatch, test: bool, accepted: tuple[str, ...]
) -> None:
    maker = office_maker(channels=("digital-auth",), certificate="user")
    files = DigitalAuthFiles("https://auth.example", "desk", Path("key.pem"), "", accepted, None, None)
    config = replace(maker.config(1), digital_auth=files, test=test)
    monkeypatch.setattr(opening, "_digital_auth_config", lambda *_: DigitalAuthConfig.__new__(DigitalAuthConfig))
    if test or accepted:
        assert opening._digital_auth(config, maker.small.poll) is not None
    else:
        with pytest.raises(InputError, match="accepted_acr"):
            opening._digital_auth(config, maker.small.poll)


def test_without_a_card_reader_no_agent(office_maker: Any, visitor: Client) -> None:
    maker = office_maker(channels=("digital-auth",), certificate="user")
    with office.use(maker.office()):
        assert "127.0.0.1:*" not in send(visitor, b"{}")["Content-Security-Policy"]


def test_a_further_issuer_has_no_pages(office_maker: Any) -> None:
    maker = office_maker()
    desk: Config = maker.config(1)
    further: Config = maker.config(2)
    both = len(addresses(None))
    assert len(addresses(further)) == len(addresses(desk)) == both - 1
    assert "registration" not in str(addresses(further))
    assert "issuance" not in str(addresses(desk))


# --- the log ---


def test_the_log_holds_neither_requests_nor_words_of_exceptions(rf: RequestFactory) -> None:
    try:
        raise ValueError("a name and an address")
    except ValueError:
        record = logging.LogRecord("django", logging.ERROR, "f", 1, "failed: %s", ("/path?code=x",), sys.exc_info())
    record.request = rf.get("/path?code=x")
    record.status_code = 500
    assert WithoutRequests().filter(record)
    written = logging.Formatter().format(record)
    assert "ValueError at" in written
    assert "test_answers.py" in written
    for word in ("name and", "code=x", "/path"):
        assert word not in written
