"""A further issuer's interface: for the desk's pages, without cookies, and never more than a refusal for garbage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from ippyo.canonical import unb64
from ippyo.identity.messages import VOUCHED_LIMIT
from ippyo.ledger.engine import LedgerStoppedError
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.site.office import use

pytestmark = [pytest.mark.django_db, pytest.mark.urls("ippyo.registry.issuance.urls")]

DESK = "http://localhost:8001"


@pytest.fixture
def maker(office_maker: Any) -> Iterator[Any]:
    made = office_maker()
    with use(made.office(2)):
        yield made


def send(text: str | bytes, address: str = "/api/issue", **headers: str) -> Any:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return strict.post(address, text, content_type="application/json", headers=headers)


def test_an_answer_that_makes_a_ticket(maker: Any) -> None:
    person = maker.person()
    vouched = maker.vouched(maker.signed(person))
    response = send(vouched.to_text(), origin=DESK)
    assert response.status_code == 200
    value = json.loads(response.content)
    assert list(value) == ["style", "issuer", "blind_signature"]
    assert (value["style"], value["issuer"]) == ("all", 2)
    assert len(unb64(value["blind_signature"], what="signature")) == 384
    assert response["Access-Control-Allow-Origin"] == DESK
    assert "Access-Control-Allow-Credentials" not in response
    assert not response.cookies
    assert send(vouched.to_text()).content == response.content


def test_the_browsers_question_before(maker: Any) -> None:
    asked = {"origin": DESK, "access-control-request-method": "POST"}
    response = Client().options("/api/issue", headers=asked)
    assert response.status_code == 204
    assert response["Access-Control-Allow-Methods"] == "POST"
    assert response["Access-Control-Allow-Headers"] == "Content-Type"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8002"])
def test_pages_of_others(maker: Any, origin: str) -> None:
    for response in (
        Client().options("/api/issue", headers={"origin": origin}),
        send(maker.vouched(maker.signed(maker.person())).to_text(), origin=origin),
    ):
        assert (response.status_code, json.loads(response.content)["code"]) == (403, "wrong-origin")
        assert "Access-Control-Allow-Origin" not in response
    assert not Issuance.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"null", b'{"request":1}', b"[" * 100_000])
@pytest.mark.parametrize("address", ["/api/issue", "/api/binding"])
def test_garbage(maker: Any, body: bytes, address: str) -> None:
    response = send(body, address)
    assert response.status_code in {400, 413}
    assert json.loads(response.content)["code"] in {"malformed", "too-large"}


def test_a_text_that_is_not_canonical(maker: Any) -> None:
    response = send(maker.vouched(maker.signed(maker.person())).to_text() + " ")
    assert (response.status_code, json.loads(response.content)["code"]) == (400, "malformed")


def test_too_large(maker: Any) -> None:
    response = send(b" " * (VOUCHED_LIMIT + 1))
    assert (response.status_code, json.loads(response.content)["code"]) == (413, "too-large")


def test_reading_is_not_for_this_address(maker: Any) -> None:
    response = Client().get("/api/issue")
    assert (response.status_code, json.loads(response.content)["code"]) == (405, "method-not-allowed")


def test_refusals_have_their_codes(maker: Any) -> None:
    person = maker.person()
    signed = maker.signed(person)
    forged = replace(signed, signature=signed.signature[::-1])
    response = send(maker.vouched(forged).to_text(), origin=DESK)
    assert (response.status_code, json.loads(response.content)["code"]) == (403, "bad-signature")
    # The page has to be able to read why.
    assert response["Access-Control-Allow-Origin"] == DESK
    assert send(maker.vouched(signed).to_text()).status_code == 200
    response = send(maker.vouched(maker.signed(person)).to_text())
    assert (response.status_code, json.loads(response.content)["code"]) == (409, "already-issued")


def test_without_the_desks_word_card_and_pin_are_not_enough(maker: Any) -> None:
    signed, other = maker.signed(maker.person()), maker.signed(maker.person())
    altered = replace(maker.vouched(signed), desk=bytes(64))
    for vouched in (altered, maker.vouched(signed, issuer=2), replace(maker.vouched(other), signed=signed)):
        response = send(vouched.to_text())
        assert (response.status_code, json.loads(response.content)["code"]) == (403, "not-from-desk")
    response = send(signed.to_text())
    assert (response.status_code, json.loads(response.content)["code"]) == (400, "malformed")
    assert not Issuance.objects.exists()


def test_come_again_later(maker: Any) -> None:
    maker.ledger.failure = LedgerStoppedError("down")
    response = send(maker.vouched(maker.signed(maker.person())).to_text())
    assert (response.status_code, json.loads(response.content)["code"]) == (503, "ledger-unavailable")
    assert response["Retry-After"]


def test_a_binding(maker: Any) -> None:
    person = maker.person()
    response = send(maker.binding(person).to_text(), "/api/binding")
    assert (response.status_code, response.content) == (200, b'{"bound":true}')
