"""What each issuer checks of a request: a good one passes, and each fault is refused by its own name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ippyo.canonical import sha256
from ippyo.errors import ParseError, RefusedError
from ippyo.identity.messages import BLINDED_BYTES, AttestedRequest
from ippyo.poll.text import Text
from ippyo.registry.issuance.bindings import accept_binding
from ippyo.registry.issuance.checks import CheckedRequest, VisitFacts, check_attested_request, check_signed_request
from ippyo.registry.issuance.models import BoundCertificate
from ippyo.registry.issuance.service import issue
from ippyo.registry.roll.groups import ApplicantGroup
from ippyo.registry.roll.models import Voter

pytestmark = pytest.mark.django_db

NONCE = sha256("the visit's nonce")


def code(action: Any, *arguments: Any, **named: Any) -> Any:
    with pytest.raises(RefusedError) as caught:
        action(*arguments, **named)
    return caught.value.code


def test_the_request_of_a_voter_passes(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person(style="bridge-only")
    signed = maker.signed(person, nonce=NONCE)
    for issuer in (1, 2):
        checked = check_signed_request(maker.office(issuer), signed, maker.now)
        assert (checked.voter, checked.style, checked.kind) == (person.voter.pk, "bridge-only", "signed")
        assert checked.blinded == signed.request.styles[0].blinded[issuer - 1]
        assert checked.nonce == NONCE
        assert CheckedRequest.from_text(checked.to_text()) == checked


def test_a_checked_request_shows_nothing_in_its_repr(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    checked = check_signed_request(maker.office(), maker.signed(person), maker.now)
    assert person.basic.name not in repr(checked)
    assert "request" not in repr(checked)


def test_an_altered_checked_request_is_not_read(office_maker: Any) -> None:
    maker = office_maker()
    checked = check_signed_request(maker.office(), maker.signed(maker.person()), maker.now)
    with pytest.raises(ParseError):
        CheckedRequest.from_text(checked.to_text().replace('"voter":', '"voter" :'))


def test_a_request_for_all_styles_is_issued_for_the_one_of_the_roll(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person(style="bridge-only")
    signed = maker.signed(person, styles=["all", "bridge-only"])
    checked = check_signed_request(maker.office(), signed, maker.now)
    assert checked.blinded == signed.request.blinded_for("bridge-only")[0]


def test_another_poll(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    request = replace(maker.request_text(person), poll="A" * 43)
    assert code(check_signed_request, maker.office(), maker.signed(person, request), maker.now) == "wrong-poll"


def test_another_nonce_than_the_visits(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    visit = VisitFacts(NONCE, ("all",), person.voter.pk)
    signed = maker.signed(person, nonce=NONCE)
    assert check_signed_request(maker.office(), signed, maker.now, visit)
    other = maker.signed(person)
    assert code(check_signed_request, maker.office(), other, maker.now, visit) == "unknown-nonce"


def test_a_nonce_that_was_used_for_another_request(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    first = maker.signed(maker.person(), nonce=NONCE)
    issue(office, check_signed_request(office, first, maker.now))
    assert check_signed_request(office, first, maker.now)
    second = maker.signed(maker.person(), nonce=NONCE)
    assert code(check_signed_request, office, second, maker.now) == "replayed-nonce"


@pytest.mark.parametrize("step", [-timedelta(hours=2, seconds=1), timedelta(hours=2, seconds=1)])
def test_a_time_too_far_away_at_a_further_issuer(office_maker: Any, step: Any) -> None:
    maker = office_maker()
    signed = maker.signed(maker.person())
    assert code(check_signed_request, maker.office(2), signed, maker.now + step) == "stale-request"


def test_a_visit_asks_for_its_own_styles_only(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    visit = VisitFacts(NONCE, ("all",), person.voter.pk)
    signed = maker.signed(person, nonce=NONCE, styles=["all", "bridge-only"])
    assert code(check_signed_request, maker.office(), signed, maker.now, visit) == "bad-request"


@pytest.mark.parametrize("styles", [["bridge-only", "all"]])
def test_styles_in_another_order(office_maker: Any, styles: Any) -> None:
    maker = office_maker()
    signed = maker.signed(maker.person(), styles=styles)
    assert code(check_signed_request, maker.office(), signed, maker.now) == "bad-request"


def test_a_style_that_the_poll_has_not(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    request = maker.request_text(person)
    request = replace(request, styles=(replace(request.styles[0], style="none"),))
    assert code(check_signed_request, maker.office(), maker.signed(person, request), maker.now) == "bad-request"


@pytest.mark.parametrize("blinded", [(), (bytes(BLINDED_BYTES),), (b"\xff" * BLINDED_BYTES,)])
def test_messages_that_no_issuer_signs(office_maker: Any, blinded: Any) -> None:
    maker = office_maker()
    person = maker.person()
    request = maker.request_text(person)
    entry = request.styles[0]
    request = replace(request, styles=(replace(entry, blinded=(entry.blinded[0], *blinded)),))
    assert code(check_signed_request, maker.office(), maker.signed(person, request), maker.now) == "bad-request"


def test_the_other_certificate_of_the_card(office_maker: Any) -> None:
    maker = office_maker()
    signed = maker.signed(maker.person(), key="user")
    assert code(check_signed_request, maker.office(), signed, maker.now) == "wrong-certificate"


def test_a_certificate_that_is_none(office_maker: Any) -> None:
    maker = office_maker()
    signed = replace(maker.signed(maker.person()), certificate=b"\x30\x00")
    assert code(check_signed_request, maker.office(), signed, maker.now) == "bad-certificate"


def test_an_altered_signature(office_maker: Any) -> None:
    maker = office_maker()
    signed = maker.signed(maker.person())
    forged = replace(signed, signature=bytes([signed.signature[0] ^ 1]) + signed.signature[1:])
    assert code(check_signed_request, maker.office(), forged, maker.now) == "bad-signature"


def test_a_signature_of_another_request(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    forged = replace(maker.signed(person), request=maker.request_text(person))
    assert code(check_signed_request, maker.office(), forged, maker.now) == "bad-signature"


def test_a_revoked_card(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    maker.jlis.revoke(person.card.signature.certificate, maker.now - timedelta(hours=2))
    maker.publish_crl()
    assert code(check_signed_request, maker.office(), maker.signed(person), maker.now) == "certificate-revoked"


def test_a_list_that_is_too_old(office_maker: Any) -> None:
    maker = office_maker()
    office = maker.office()
    maker.clock.move(timedelta(hours=25))
    assert code(check_signed_request, office, maker.signed(maker.person()), maker.now) == "revocation-stale"


def test_somebody_who_is_not_on_the_roll(office_maker: Any) -> None:
    maker = office_maker()
    signed = maker.signed(maker.person(on_roll=False))
    assert code(check_signed_request, maker.office(), signed, maker.now) == "not-on-roll"


def test_a_code_of_somebody_else(office_maker: Any) -> None:
    maker = office_maker()
    owner, other = maker.person(), maker.person()
    visit = VisitFacts(NONCE, ("all",), owner.voter.pk)
    signed = maker.signed(other, nonce=NONCE)
    assert code(check_signed_request, maker.office(), signed, maker.now, visit) == "not-on-roll"


def test_two_of_the_same_data(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person("山田花子")
    maker.person("山田花子")
    assert code(check_signed_request, maker.office(), maker.signed(person), maker.now) == "ambiguous"


def test_somebody_too_young(office_maker: Any) -> None:
    maker = office_maker()
    signed = maker.signed(maker.person(born=(2010, 1, 1)))
    assert code(check_signed_request, maker.office(), signed, maker.now) == "under-age"


def test_somebody_who_moved_away(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    Voter.objects.update(status="moved", status_on=date(2026, 1, 1))
    assert code(check_signed_request, maker.office(), maker.signed(person), maker.now) == "not-entitled"


def test_whose_group_may_not_apply(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    opens = int(maker.now.timestamp())
    groups = (ApplicantGroup("away", Text("市外の方", "away"), Text("届け出", "notice"), opens),)
    office = maker.office(config=maker.config(groups=groups))
    assert code(check_signed_request, office, maker.signed(person), maker.now) == "not-in-group"
    Voter.objects.update(group="away")
    early = maker.signed(person)
    checked = check_signed_request(office, early, maker.now)
    maker.clock.move(-timedelta(seconds=1))
    assert code(check_signed_request, office, early, maker.now) == "group-not-yet"
    assert code(issue, office, checked) == "group-not-yet"
    maker.clock.move(timedelta(seconds=1))
    assert issue(office, checked).style == "all"


def test_another_style_than_the_roll_says(office_maker: Any) -> None:
    maker = office_maker()
    person = maker.person()
    signed = maker.signed(person)
    Voter.objects.update(style="bridge-only")
    assert code(check_signed_request, maker.office(), signed, maker.now) == "ambiguous"


# --- polls with 利用者証明用 ---


def test_a_user_certificate_is_bound_first(office_maker: Any) -> None:
    maker = office_maker(certificate="user")
    office = maker.office()
    person = maker.person()
    signed = maker.signed(person, key="user")
    assert code(check_signed_request, office, signed, maker.now) == "binding-needed"
    assert accept_binding(office, maker.binding(person), maker.now).pk == person.voter.pk
    assert accept_binding(office, maker.binding(person), maker.now).pk == person.voter.pk
    assert BoundCertificate.objects.count() == 1
    assert check_signed_request(office, signed, maker.now).voter == person.voter.pk


def test_a_binding_for_another_poll_visit_or_time(office_maker: Any) -> None:
    maker = office_maker(certificate="user")
    office, person = maker.office(), maker.person()
    binding = maker.binding(person, nonce=NONCE)
    visit = VisitFacts(NONCE, ("all",), person.voter.pk)
    assert accept_binding(office, binding, maker.now, visit)
    other = replace(binding, binding=replace(binding.binding, poll="A" * 43))
    assert code(accept_binding, office, other, maker.now, visit) == "wrong-poll"
    assert code(accept_binding, office, maker.binding(person), maker.now, visit) == "unknown-nonce"
    assert code(accept_binding, office, binding, maker.now + timedelta(hours=3)) == "stale-request"
    somebody = replace(visit, voter=person.voter.pk + 1)
    assert code(accept_binding, office, binding, maker.now, somebody) == "not-on-roll"


def test_a_binding_of_two_cards(office_maker: Any) -> None:
    maker = office_maker(certificate="user")
    office = maker.office()
    one, other = maker.person(), maker.person()
    binding, second = maker.binding(one), maker.binding(other)
    swapped = replace(binding, user_certificate=second.user_certificate)
    assert code(accept_binding, office, swapped, maker.now) == "bad-request"
    unsigned = replace(binding, user_signature=second.user_signature)
    assert code(accept_binding, office, unsigned, maker.now) == "bad-signature"
    unsigned = replace(binding, signature=second.signature)
    assert code(accept_binding, office, unsigned, maker.now) == "bad-signature"
    assert not BoundCertificate.objects.exists()


def test_a_certificate_stays_with_its_voter(office_maker: Any) -> None:
    maker = office_maker(certificate="user")
    office, person, other = maker.office(), maker.person(), maker.person()
    accept_binding(office, maker.binding(person), maker.now)
    BoundCertificate.objects.update(voter=other.voter)
    assert code(accept_binding, office, maker.binding(person), maker.now) == "ambiguous"


def test_the_authority_is_not_asked_for_a_strangers_binding(office_maker: Any) -> None:
    maker = office_maker(certificate="user")
    asked: list[Any] = []
    office = maker.office(revocation=SimpleNamespace(require_good=lambda *of: asked.append(of)))
    assert code(accept_binding, office, maker.binding(maker.person(on_roll=False)), maker.now) == "not-on-roll"
    assert asked == []


# --- デジタル認証 ---


class Attesting:
    """Stands for the service's relying party."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal

    def check_attested(self, attested: Any, at: Any) -> Any:
        if self.refusal:
            raise RefusedError(self.refusal)
        return SimpleNamespace(subject="subject", acr="aal3")


def test_an_attested_request(office_maker: Any) -> None:
    maker = office_maker(channels=("digital-auth",), certificate="user")
    person = maker.person()
    attested = AttestedRequest(maker.request_text(person, nonce=NONCE), "a.b.c")
    visit = VisitFacts(NONCE, ("all",))
    office = maker.office(digital_auth=Attesting())
    checked = check_attested_request(office, attested, person.basic, maker.now, visit)
    assert (checked.voter, checked.kind) == (person.voter.pk, "attested")
    assert len(checked.certificate) == 32
    assert checked.evidence == '{"source":"digital-auth","acr":"aal3"}'
    failing = maker.office(digital_auth=Attesting("digital-auth-failed"))
    assert code(check_attested_request, failing, attested, person.basic, maker.now, visit) == "digital-auth-failed"
    without = maker.office()
    assert code(check_attested_request, without, attested, person.basic, maker.now, visit) == "digital-auth-failed"
