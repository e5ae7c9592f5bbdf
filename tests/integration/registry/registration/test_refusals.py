"""Each refusal of docs/registration.md §4 that the desk can give, by name, with nothing issued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from ippyo.canonical import unb64
from ippyo.errors import InputError, RefusedError
from ippyo.identity.certificates import Pin, Trust
from ippyo.identity.certificates.profile import KINDS
from ippyo.identity.messages import REQUEST_LIMIT, SignedRequest
from ippyo.identity.simulated import jlis_profile
from ippyo.identity.simulated.jlis import new_key
from ippyo.identity.simulated.jlis_profile import authority_certificate
from ippyo.identity.simulated.passkey import SoftPasskey
from ippyo.registry.codes.service import replace as replace_code
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.issuance.service import issue
from ippyo.registry.registration import api
from ippyo.registry.registration.models import Passkey, Visit

pytestmark = pytest.mark.django_db

OpenDesk = Callable[..., Any]
Refusal = Callable[[Any], tuple[str, int]]


MADE = datetime(2026, 1, 1, tzinfo=UTC)


def nonce_of(visit: dict[str, Any]) -> bytes:
    return unb64(visit["nonce"], what="nonce")


# --- bodies ---


def test_too_large(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    desk.begin()
    assert refusal(desk.post("visit", "x" * 2000)) == ("too-large", 413)
    assert refusal(desk.post("request", "x" * (REQUEST_LIMIT + 1))) == ("too-large", 413)


@pytest.mark.parametrize("path", ["visit", "request", "digital-auth", "passkey", "confirm", "binding"])
@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '"x"', '{"unknown":1}', "\ud800".encode("utf-8", "surrogatepass")]
)
def test_malformed(registration_desk: OpenDesk, refusal: Refusal, path: str, body: Any) -> None:
    desk = registration_desk(second_factor="both")
    visit = desk.begin(desk.code(person := desk.maker.person()))
    desk.show_card(person, visit)
    code, status = refusal(desk.post(path, body))
    # A JSON object with fields of its own is no answer of an authenticator, rather than no message.
    expected = {("malformed", 400), ("bad-passkey", 403)} if path == "passkey" else {("malformed", 400)}
    assert (code, status) in expected


def test_a_request_that_is_not_canonical_is_malformed(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    signed = desk.signed(desk.maker.person(), desk.begin())
    assert refusal(desk.post("request", signed.replace(":", ": ", 1))) == ("malformed", 400)


def test_other_methods(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    assert refusal(desk.client.put("/api/visit")) == ("method-not-allowed", 405)
    assert refusal(desk.get("ticket")) == ("method-not-allowed", 405)


def test_a_request_without_the_csrf_token(vendor: None, registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    desk.client.handler.enforce_csrf_checks = True
    assert refusal(desk.post("visit")) == ("no-visit", 403)
    page = desk.client.get("/registration/").content.decode()
    token = page.split('data-csrf="')[1].split('"')[0]
    answer = desk.client.post("/api/visit", "{}", content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 200


# --- the code ---


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "0000-0000-0000"}, {"code": "x" * 150}])
def test_wrong_code(registration_desk: OpenDesk, refusal: Refusal, body: Any) -> None:
    desk = registration_desk(second_factor="registration-code")
    assert refusal(desk.post("visit", body)) == ("wrong-code", 403)


def test_too_many_attempts(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(second_factor="registration-code")
    right = desk.code(desk.maker.person())
    seen = [refusal(desk.post("visit", {"code": "0000-0000-0000"})) for _ in range(7)]
    assert seen[0] == ("wrong-code", 403)
    assert seen[-1] == ("too-many-attempts", 429)
    assert refusal(desk.post("visit", {"code": right})) == ("too-many-attempts", 429)
    desk.maker.clock.move(timedelta(hours=1))
    assert desk.begin(right)


def test_kiosks_have_no_brake(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(second_factor="registration-code", config={"kiosks": ("203.0.113.8/30",)})
    kiosk, other = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "203.0.113.12"}

    def guess(address: dict[str, str]) -> tuple[str, int]:
        body = '{"code":"0000-0000-0000"}'
        return refusal(desk.client.post("/api/visit", body, content_type="application/json", headers=address))

    assert {guess(kiosk) for _ in range(8)} == {("wrong-code", 403)}
    assert [guess(other) for _ in range(8)][-1] == ("too-many-attempts", 429)


def test_visits_without_a_code_are_counted(
    registration_desk: OpenDesk, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ippyo.registry.codes.attempts.FREE_VISITS", 2)
    desk = registration_desk()
    for _ in range(3):
        desk.begin()
    assert refusal(desk.post("visit", {})) == ("too-many-attempts", 429)
    assert Visit.objects.count() == 1


def test_the_brake_is_on_the_guesser_only(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(second_factor="registration-code")
    guesser = {"X-Forwarded-For": "203.0.113.9"}
    for _ in range(7):
        desk.client.post("/api/visit", '{"code":"0000-0000-0000"}', content_type="application/json", headers=guesser)
    right = {"code": desk.code(desk.maker.person())}
    again = desk.client.post("/api/visit", right, content_type="application/json", headers=guesser)
    assert refusal(again) == ("too-many-attempts", 429)
    assert desk.begin(right["code"])


def test_replaced_code(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(second_factor="registration-code")
    person = desk.maker.person()
    old = desk.code(person)
    visit = desk.begin(old)
    new = replace_code(person.voter, "lost", "test").code.reveal()
    desk.show_card(person, visit)
    desk.confirm()
    assert refusal(desk.ticket()) == ("replaced-code", 403)
    assert not Issuance.objects.exists()
    assert refusal(desk.post("visit", {"code": old})) == ("replaced-code", 403)
    assert desk.begin(new)


def test_a_letter_with_another_card_does_not_tell_of_its_owner(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(second_factor="registration-code")
    owner, other = desk.maker.person(), desk.maker.person()
    code = desk.code(owner)
    before = desk.show_card(other, desk.begin(code))
    desk.show_card(owner, desk.begin(code))
    desk.confirm()
    desk.ticket()
    after = desk.show_card(other, desk.begin(code))
    assert refusal(before) == refusal(after) == ("not-on-roll", 403)
    assert before.content == after.content


def test_code_of_somebody_else(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(second_factor="registration-code")
    owner, other = desk.maker.person(), desk.maker.person()
    assert refusal(desk.show_card(other, desk.begin(desk.code(owner)))) == ("not-on-roll", 403)


# --- the visit and its nonce ---


@pytest.mark.parametrize(
    "path", ["request", "digital-auth", "passkey/options", "passkey", "confirm", "ticket", "binding"]
)
def test_no_visit(registration_desk: OpenDesk, refusal: Refusal, path: str) -> None:
    desk = registration_desk(certificate="user" if path == "binding" else "signature")
    person = desk.maker.person()
    bodies = {
        "request": desk.maker.signed(person).to_text(),
        "binding": desk.maker.binding(person).to_text(),
        "confirm": {"free_will": True},
        "digital-auth": {"request": desk.maker.request_text(person).to_value()},
    }
    assert refusal(desk.post(path, bodies.get(path))) == ("no-visit", 403)


def test_a_visit_of_half_an_hour_ago(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person()
    signed = desk.signed(person, desk.begin())
    desk.maker.clock.move(timedelta(minutes=29, seconds=59))
    assert desk.post("request", signed).status_code == 200
    desk.maker.clock.move(timedelta(seconds=1))
    assert refusal(desk.confirm()) == ("no-visit", 403)


def test_wrong_poll(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person()
    text = replace(desk.text(person, desk.begin()), poll="A" * 43)
    assert refusal(desk.post("request", desk.maker.signed(person, text).to_text())) == ("wrong-poll", 400)


def test_unknown_nonce(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person()
    visit = desk.begin()
    assert refusal(desk.show_card(person, visit, nonce=bytes(32))) == ("unknown-nonce", 403)
    assert refusal(desk.show_card(person, visit, time=visit["time"] + 1)) == ("unknown-nonce", 403)


def test_a_nonce_that_another_visit_used(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person()
    visit = desk.begin()
    signed = desk.signed(person, visit)
    desk.post("request", signed)
    desk.client.cookies.clear()
    desk.begin()
    assert refusal(desk.post("request", signed)) == ("replayed-nonce", 403)


def test_a_nonce_with_which_a_ticket_was_issued(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person()
    signed = desk.signed(person, desk.begin())
    desk.post("request", signed)
    desk.confirm()
    desk.ticket()
    desk.begin()
    assert refusal(desk.post("request", signed)) == ("replayed-nonce", 403)


def test_another_request_in_the_same_visit(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person()
    visit = desk.begin()
    desk.show_card(person, visit)
    assert refusal(desk.show_card(person, visit)) == ("replayed-nonce", 403)


def test_another_visits_binding(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(certificate="user")
    visit = desk.begin()
    strange = desk.maker.binding(desk.maker.person(), time=visit["time"])
    assert refusal(desk.post("binding", strange.to_text())) == ("unknown-nonce", 403)


@pytest.mark.parametrize("styles", [["bridge-only"], ["bridge-only", "all"], ["all"]])
def test_styles_that_were_not_asked_for(registration_desk: OpenDesk, refusal: Refusal, styles: list[str]) -> None:
    desk = registration_desk()
    assert refusal(desk.show_card(desk.maker.person(), desk.begin(), styles=styles)) == ("bad-request", 400)


# --- the card ---


def test_bad_signature(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    signed = SignedRequest.from_text(desk.signed(desk.maker.person(), desk.begin()))
    other = replace(signed, signature=bytes(256))
    assert refusal(desk.post("request", other.to_text())) == ("bad-signature", 403)


def test_wrong_certificate(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    assert refusal(desk.show_card(desk.maker.person(), desk.begin(), "user")) == ("wrong-certificate", 403)


def strange_trust(at: datetime, *, test: bool) -> Trust:
    """Return trust in a root that issued none of the cards here."""
    roots = [authority_certificate(kind, new_key(), at) for kind in KINDS]
    pins = [Pin(kind, root.fingerprint(SHA256())) for kind, root in zip(KINDS, roots, strict=True)]
    return Trust.pinned([root.public_bytes(Encoding.DER) for root in roots], pins, test=test)


def test_unknown_issuer(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(office={"trust": strange_trust(MADE, test=True)})
    assert refusal(desk.show_card(desk.maker.person(), desk.begin())) == ("unknown-issuer", 403)


def test_a_card_for_tests_in_production(
    registration_desk: OpenDesk, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(jlis_profile, "TEST_ORGANISATION", "JPKI")
        trust = strange_trust(MADE, test=False)
    desk = registration_desk(office={"trust": trust})
    assert refusal(desk.show_card(desk.maker.person(), desk.begin())) == ("test-certificate", 403)


def test_expired_certificate(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person(card_at=desk.maker.now - timedelta(days=398))
    desk.maker.clock.move(timedelta(days=6 * 365))
    assert refusal(desk.show_card(person, desk.begin())) == ("certificate-expired", 403)


def test_revoked_certificate(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person()
    desk.maker.jlis.revoke(person.card.signature.certificate, desk.maker.now - timedelta(hours=1))
    desk.maker.clock.move(timedelta(minutes=1))
    desk.maker.publish_crl()
    assert refusal(desk.show_card(person, desk.begin())) == ("certificate-revoked", 403)


def test_stale_revocation_list(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person()
    desk.maker.clock.move(timedelta(days=3))
    assert refusal(desk.show_card(person, desk.begin())) == ("revocation-stale", 503)


def test_not_on_roll_under_age_and_not_entitled(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    stranger = desk.maker.person(on_roll=False)
    assert refusal(desk.show_card(stranger, desk.begin(), styles=["all", "bridge-only"])) == ("not-on-roll", 403)
    child = desk.maker.person(born=(2015, 4, 1))
    assert refusal(desk.show_card(child, desk.begin())) == ("under-age", 403)
    gone = desk.maker.person()
    gone.voter.status = "moved"
    gone.voter.save()
    assert refusal(desk.show_card(gone, desk.begin())) == ("not-entitled", 403)


# --- passkey and free will ---


def test_steps_in_their_order(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(second_factor="passkey")
    person = desk.maker.person()
    visit = desk.begin()
    assert refusal(desk.confirm()) == ("bad-request", 400)
    assert refusal(desk.post("passkey/options")) == ("bad-request", 400)
    desk.show_card(person, visit)
    assert refusal(desk.confirm()) == ("passkey-needed", 403)
    assert refusal(desk.ticket()) == ("passkey-needed", 403)
    desk.use_passkey(SoftPasskey(desk.office.config.origin))
    assert refusal(desk.ticket()) == ("not-confirmed", 403)
    assert refusal(desk.post("confirm", {"free_will": False})) == ("not-confirmed", 403)
    assert not Issuance.objects.exists()


def test_a_poll_without_passkeys_takes_none(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    desk.show_card(desk.maker.person(), desk.begin())
    assert refusal(desk.post("passkey/options")) == ("bad-request", 400)


@pytest.fixture
def at_passkey(registration_desk: OpenDesk) -> Any:
    desk = registration_desk(second_factor="passkey")
    person = desk.maker.person()
    desk.show_card(person, desk.begin())
    return desk, person


def test_a_passkey_without_user_verification(at_passkey: tuple[Any, Any], refusal: Refusal) -> None:
    desk, _ = at_passkey
    assert refusal(desk.use_passkey(SoftPasskey(desk.office.config.origin, verifies_user=False))) == (
        "bad-passkey",
        403,
    )
    assert not Passkey.objects.exists()


def test_a_passkey_of_another_origin(at_passkey: tuple[Any, Any], refusal: Refusal) -> None:
    desk, _ = at_passkey
    assert refusal(desk.use_passkey(SoftPasskey("https://elsewhere.example"))) == ("bad-passkey", 403)


def test_an_answer_to_another_challenge_or_the_same_twice(at_passkey: tuple[Any, Any], refusal: Refusal) -> None:
    desk, _ = at_passkey
    device = SoftPasskey(desk.office.config.origin)
    assert refusal(desk.post("passkey", {"id": "x"})) == ("bad-passkey", 403)
    old = device.create(desk.post("passkey/options").json()["publicKey"])
    desk.post("passkey/options")
    assert refusal(desk.post("passkey", old)) == ("bad-passkey", 403)
    # The challenge is spent by the wrong answer.
    assert refusal(desk.post("passkey", old)) == ("bad-passkey", 403)


def test_another_device_than_the_one_registered(at_passkey: tuple[Any, Any], refusal: Refusal) -> None:
    desk, person = at_passkey
    desk.use_passkey(SoftPasskey(desk.office.config.origin))
    desk.show_card(person, desk.begin())
    stranger = SoftPasskey(desk.office.config.origin)
    assert refusal(desk.use_passkey(stranger)) == ("bad-passkey", 403)


def test_a_copied_passkey_counts_behind(at_passkey: tuple[Any, Any], refusal: Refusal) -> None:
    desk, person = at_passkey
    device = SoftPasskey(desk.office.config.origin)
    desk.use_passkey(device)
    desk.show_card(person, desk.begin())
    desk.use_passkey(device)
    device.counter = 0
    desk.show_card(person, desk.begin())
    assert refusal(desk.use_passkey(device)) == ("bad-passkey", 403)


def test_one_passkey_for_one_voter(at_passkey: tuple[Any, Any], refusal: Refusal) -> None:
    desk, _ = at_passkey
    device = SoftPasskey(desk.office.config.origin)
    desk.use_passkey(device)
    desk.show_card(desk.maker.person(), desk.begin())
    assert refusal(desk.use_passkey(device)) == ("bad-passkey", 403)
    assert Passkey.objects.count() == 1


# --- the ticket ---


def test_already_issued(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    person = desk.maker.person()
    for _ in range(2):
        desk.show_card(person, desk.begin())
        desk.confirm()
        answer = desk.ticket()
    assert refusal(answer) == ("already-issued", 409)
    assert Issuance.objects.count() == 1


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(InputError("no ledger"), ("ledger-unavailable", 503)), (RefusedError("closed"), ("registration-closed", 403))],
)
def test_the_ledger_does_not_take_the_total(
    registration_desk: OpenDesk, refusal: Refusal, failure: Exception, expected: tuple[str, int]
) -> None:
    desk = registration_desk()
    desk.show_card(desk.maker.person(), desk.begin())
    desk.confirm()
    desk.maker.ledger.failure = failure
    assert refusal(desk.ticket()) == expected
    assert not desk.maker.ledger.sent
    desk.maker.ledger.failure = None
    assert desk.ticket().status_code == 200


# --- a visit that is ended while it is answered ---


def test_a_step_of_a_visit_that_was_ended_meanwhile(
    registration_desk: OpenDesk, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = registration_desk()
    desk.show_card(desk.maker.person(), desk.begin())
    allowed = api._require

    def ended(*arguments: Any) -> None:
        allowed(*arguments)
        Visit.objects.all().delete()

    monkeypatch.setattr(api, "_require", ended)
    assert refusal(desk.confirm()) == ("no-visit", 403)


def test_a_ticket_whose_visit_was_ended_meanwhile(registration_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = registration_desk()
    desk.show_card(desk.maker.person(), desk.begin())
    desk.confirm()

    def ended(*arguments: Any) -> Any:
        answer = issue(*arguments)
        Visit.objects.all().delete()
        return answer

    monkeypatch.setattr(api, "issue", ended)
    assert desk.ticket().json()["issuer"] == 1
