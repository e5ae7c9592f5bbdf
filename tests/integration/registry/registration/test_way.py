"""A voter's way over the JSON interface, as each poll's policies make it, to a ticket that is good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from ippyo.canonical import unb64
from ippyo.contract.poll import Poll
from ippyo.identity.messages import SignedRequest, VouchedRequest
from ippyo.identity.simulated.passkey import SoftPasskey
from ippyo.registry.issuance.checks import check_vouched_request
from ippyo.registry.issuance.models import Issuance
from ippyo.registry.issuance.service import issue
from ippyo.registry.registration.models import Visit
from ippyo.registry.registration.passkey_step import forget

pytestmark = pytest.mark.django_db

OpenDesk = Callable[..., Any]
Refusal = Callable[[Any], tuple[str, int]]


def test_card_only_leads_to_a_ticket_of_both_issuers(registration_desk: OpenDesk) -> None:
    desk = registration_desk()
    person = desk.maker.person(style="bridge-only")
    visit = desk.begin()
    assert visit["styles"] == ["all", "bridge-only"]
    assert visit["steps"] == ["card", "free-will", "ticket"]

    signed = desk.signed(person, visit)
    assert desk.post("request", signed).json() == {"style": "bridge-only", "steps": ["free-will", "ticket"]}
    assert desk.confirm().json() == {"steps": ["ticket"]}
    answer = desk.ticket().json()
    assert (answer["style"], answer["issuer"]) == ("bridge-only", 1)

    Issuance.objects.all().delete()  # The further issuer has a database of its own.
    further = desk.maker.office(2)
    vouched = VouchedRequest(SignedRequest.from_text(signed), unb64(answer["desk"], what="desk's word"))
    second = issue(further, check_vouched_request(further, vouched, desk.maker.now))
    assert desk.maker.ticket(person, [unb64(answer["blind_signature"], what="signature"), second.blind_signature])


def test_code_passkey_and_card_are_all_asked_for(registration_desk: OpenDesk) -> None:
    desk = registration_desk(second_factor="both")
    person = desk.maker.person()
    visit = desk.begin(desk.code(person))
    assert visit["styles"] == ["all"]
    assert visit["steps"] == ["card", "passkey", "free-will", "ticket"]
    assert desk.show_card(person, visit).json()["steps"] == ["passkey", "free-will", "ticket"]
    assert desk.use_passkey(SoftPasskey(desk.office.config.origin)).json()["steps"] == ["free-will", "ticket"]
    desk.confirm()
    assert desk.ticket().json()["style"] == "all"


def test_the_same_again_is_answered_the_same(registration_desk: OpenDesk) -> None:
    desk = registration_desk(second_factor="registration-code")
    person = desk.maker.person()
    visit = desk.begin(desk.code(person))
    signed = desk.signed(person, visit)
    assert desk.post("request", signed).json() == desk.post("request", signed).json()
    assert desk.confirm().json() == desk.confirm().json()
    assert desk.ticket().json() == desk.ticket().json()
    assert len(desk.maker.ledger.sent) == 1


def test_the_visit_is_emptied_when_the_ticket_is_out(registration_desk: OpenDesk) -> None:
    desk = registration_desk(second_factor="registration-code")
    person = desk.maker.person()
    visit = desk.begin(desk.code(person))
    desk.show_card(person, visit)
    desk.confirm()
    first = desk.ticket().json()
    row = Visit.objects.get()
    assert (row.checked, row.journey, row.began, row.challenge) == ("", "", 0, None)
    assert bytes(row.nonce) != unb64(visit["nonce"], what="nonce")
    assert row.expires_at.timestamp() % 600 == 0
    assert desk.ticket().json() == first
    assert "signed_request" not in desk.get("visit").json()


def test_who_lost_the_answer_gets_it_in_a_new_visit_with_the_same_code(registration_desk: OpenDesk) -> None:
    desk = registration_desk(second_factor="registration-code")
    person = desk.maker.person()
    code = desk.code(person)
    visit = desk.begin(code)
    text = desk.text(person, visit)
    desk.post("request", desk.maker.signed(person, text).to_text())
    desk.confirm()
    first = desk.ticket().json()

    again = desk.begin(code)
    assert again["nonce"] != visit["nonce"]
    same_blinding = type(text)(text.poll, unb64(again["nonce"], what="nonce"), again["time"], text.styles)
    desk.post("request", desk.maker.signed(person, same_blinding).to_text())
    desk.confirm()
    second = desk.ticket().json()
    assert second["blind_signature"] == first["blind_signature"]
    # The word is for the request of this visit.
    assert second["desk"] != first["desk"]


def test_a_returning_voter_uses_the_passkey_of_before(registration_desk: OpenDesk) -> None:
    desk = registration_desk(second_factor="passkey")
    person, device = desk.maker.person(), SoftPasskey(desk.office.config.origin)
    for ceremony in ("create", "get", "get"):
        desk.show_card(person, desk.begin())
        assert desk.post("passkey/options").json()["ceremony"] == ceremony
        assert desk.use_passkey(device).status_code == 200
    assert device.counter == 2


def test_the_support_desk_lets_a_voter_register_a_new_device(registration_desk: OpenDesk) -> None:
    desk = registration_desk(second_factor="passkey")
    person = desk.maker.person()
    for had_one in (False, True):
        assert forget(person.voter.pk) == had_one
        desk.show_card(person, desk.begin())
        assert desk.use_passkey(SoftPasskey(desk.office.config.origin)).status_code == 200


def test_a_user_certificate_is_bound_once_and_then_serves(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(certificate="user")
    person = desk.maker.person()
    visit = desk.begin()
    assert refusal(desk.show_card(person, visit, "user")) == ("binding-needed", 403)
    nonce = unb64(visit["nonce"], what="nonce")
    for _ in range(2):
        signed = desk.maker.binding(person, nonce=nonce, time=visit["time"])
        assert desk.post("binding", signed.to_text()).json() == {"bound": True}
    assert desk.show_card(person, visit, "user").json()["style"] == "all"


def test_a_page_that_was_away_asks_what_is_left(registration_desk: OpenDesk) -> None:
    desk = registration_desk()
    visit = desk.begin()
    assert desk.get("visit").json() == visit
    signed = desk.signed(desk.maker.person(), visit)
    desk.post("request", signed)
    after = {"style": "all", "signed_request": signed, "steps": ["free-will", "ticket"]}
    assert desk.get("visit").json() == visit | after


def test_the_poll_is_told_as_it_is(registration_desk: OpenDesk) -> None:
    desk = registration_desk(second_factor="both")
    told = desk.get("poll").json()
    assert Poll.from_texts(told["manifest"], told["genesis"], told["trustees"]).fingerprint == told["poll"]
    assert told["issuers"] == list(desk.office.config.issuers)
    assert (told["certificate"], told["second_factor"]) == ("signature", "both")
    assert told["channels"]


def test_everything_about_a_visit_goes_when_it_ends(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk(second_factor="both")
    person = desk.maker.person()
    visit = desk.begin(desk.code(person))
    desk.show_card(person, visit)
    assert desk.client.delete("/api/visit").json() == {"ended": True}
    assert not Visit.objects.exists()
    assert refusal(desk.get("visit")) == ("no-visit", 403)
    assert desk.client.delete("/api/visit").json() == {"ended": True}


def test_an_expired_visit_is_deleted_by_the_next(registration_desk: OpenDesk, refusal: Refusal) -> None:
    desk = registration_desk()
    first = desk.begin()
    desk.maker.clock.move(timedelta(minutes=30))
    assert refusal(desk.get("visit")) == ("no-visit", 403)
    desk.client.cookies.clear()
    desk.begin()
    assert [bytes(row.nonce) != unb64(first["nonce"], what="nonce") for row in Visit.objects.all()] == [True]


def test_a_new_visit_renews_the_session_and_ends_the_one_before(registration_desk: OpenDesk) -> None:
    desk = registration_desk()
    desk.begin()
    key = desk.client.session.session_key
    desk.begin()
    assert desk.client.session.session_key != key
    assert Visit.objects.count() == 1


def test_no_voting_code_credential_or_code_is_stored(registration_desk: OpenDesk) -> None:
    desk = registration_desk(second_factor="registration-code")
    person = desk.maker.person()
    code = desk.code(person)
    desk.show_card(person, desk.begin(code))
    desk.confirm()
    desk.ticket()
    secret = desk.maker.devices[person].credential
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            content = repr(cursor.fetchall())
            assert code not in content
            assert code.replace("-", "") not in content
            assert str(desk.office.poll.group.encode(secret.public)) not in content
