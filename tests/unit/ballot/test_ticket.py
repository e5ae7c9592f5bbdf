"""Tickets against vectors/ticket.json: issuance, checking, and every refusal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.vectors_tool import tickets

from ippyo.ballot.credential import Credential, derive_blinding
from ippyo.ballot.ticket import BadTicketError, Ticket, TicketRequest, ticket_message, verify_ticket
from ippyo.ballot.voting_code import VotingCode
from ippyo.crypto.blind_rsa import RsaPublicKey
from ippyo.crypto.groups import group
from ippyo.crypto.issuer_key import FileIssuerKey
from ippyo.errors import FaultyCoordinatorError, FaultyIssuerError, ParseError

ROOT = Path(__file__).parents[3]
VECTORS: dict[str, Any] = json.loads((ROOT / "vectors" / "ticket.json").read_text(encoding="utf-8"))
GOOD: dict[str, Any] = VECTORS["tickets"][0]
ED25519 = group("Ed25519")


def public_keys(labels: list[str]) -> list[RsaPublicKey]:
    return [RsaPublicKey.from_text(VECTORS["keys"][label]["public"]) for label in labels]


def request_of(vector: dict[str, Any]) -> TicketRequest:
    return TicketRequest.create(
        VotingCode.parse(vector["code"]),
        vector["fingerprint"],
        group(vector["group"]),
        vector["style"],
        public_keys(vector["issuers"]),
    )


def private_key(label: str) -> FileIssuerKey:
    p, q = int(VECTORS["keys"][label]["p"]), int(VECTORS["keys"][label]["q"])
    d = pow(65537, -1, (p - 1) * (q - 1))
    return FileIssuerKey(RsaPublicKey(p * q), p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))


@pytest.mark.parametrize("name", ["voting-code.json", "ticket.json"])
def test_stored_vectors_are_what_the_tool_writes(name: str) -> None:
    assert (ROOT / "vectors" / name).read_text(encoding="utf-8") == tickets.text_of(name)


@pytest.mark.parametrize("vector", VECTORS["tickets"], ids=lambda v: f"{v['group']}-{v['style']}-{v['code'][:4]}")
def test_issuance(vector: dict[str, Any]) -> None:
    code, keys, the_group = VotingCode.parse(vector["code"]), public_keys(vector["issuers"]), group(vector["group"])
    credential = Credential.derive(code, vector["fingerprint"], the_group)
    assert ticket_message(vector["fingerprint"], credential.text).decode() == vector["message"]
    assert [
        str(derive_blinding(code, vector["fingerprint"], issuer, vector["style"], key))
        for issuer, key in enumerate(keys, start=1)
    ] == vector["blindings"]
    request = request_of(vector)
    assert [blinded.hex() for blinded in request.blinded_messages] == vector["blinded"]
    answers = [
        private_key(label).blind_sign(blinded)
        for label, blinded in zip(vector["issuers"], request.blinded_messages, strict=True)
    ]
    assert [answer.hex() for answer in answers] == vector["blind_signatures"]
    ticket = request.finish(answers)
    assert ticket.to_text() == vector["ticket"]
    verify_ticket(ticket, vector["fingerprint"], keys)


@pytest.mark.parametrize("vector", VECTORS["tickets"], ids=lambda v: f"{v['group']}-{v['style']}-{v['code'][:4]}")
def test_decoding(vector: dict[str, Any]) -> None:
    ticket = Ticket.from_text(vector["ticket"], group(vector["group"]))
    assert ticket.to_text() == vector["ticket"]
    assert ticket.style == vector["style"]
    assert group(vector["group"]).encode(ticket.element) == ticket.credential
    assert Ticket.from_value(ticket.to_value(), group(vector["group"])) == ticket
    verify_ticket(ticket, vector["fingerprint"], public_keys(vector["issuers"]))


@pytest.mark.parametrize("case", VECTORS["refused_answers"], ids=lambda case: case["why"])
def test_faulty_issuer_is_named(case: dict[str, Any]) -> None:
    answers = [bytes.fromhex(answer) for answer in case["blind_signatures"]]
    with pytest.raises(FaultyIssuerError) as caught:
        request_of(GOOD).finish(answers)
    assert caught.value.index == case["faulty_issuer"]


def test_too_many_answers() -> None:
    answers = [bytes.fromhex(answer) for answer in GOOD["blind_signatures"]]
    with pytest.raises(FaultyCoordinatorError, match="more blind signatures than issuers"):
        request_of(GOOD).finish([*answers, answers[0]])


@pytest.mark.parametrize("case", VECTORS["refused_tickets"], ids=lambda case: case["why"])
def test_refused_tickets(case: dict[str, Any]) -> None:
    if case["error"] == "malformed":
        with pytest.raises(ParseError):
            Ticket.from_text(case["ticket"], ED25519)
        return
    ticket = Ticket.from_text(case["ticket"], ED25519)
    with pytest.raises(BadTicketError):
        verify_ticket(ticket, GOOD["fingerprint"], public_keys(GOOD["issuers"]))


@pytest.mark.parametrize("case", VECTORS["wrong_place"], ids=lambda case: case["why"])
def test_ticket_in_the_wrong_place(case: dict[str, Any]) -> None:
    ticket = Ticket.from_text(GOOD["ticket"], ED25519)
    with pytest.raises(BadTicketError):
        verify_ticket(ticket, case["fingerprint"], public_keys(case["issuers"]))


def test_ticket_of_another_group_is_malformed() -> None:
    with pytest.raises(ParseError):
        Ticket.from_text(GOOD["ticket"], group("BELENIOS-2048"))


@pytest.mark.parametrize("count", [0, 17])
def test_request_needs_1_to_16_issuers(count: int) -> None:
    with pytest.raises(ParseError, match="1 to 16 issuers"):
        TicketRequest.create(VotingCode.generate(), "Phi", ED25519, "general", public_keys(["A"]) * count)


def test_requests_for_other_polls_styles_and_issuers_are_unrelated() -> None:
    code, key = VotingCode.generate(), public_keys(["A"])[0]
    blindings = {
        derive_blinding(code, fingerprint, issuer, style, key)
        for fingerprint in ("Phi", "Psi")
        for issuer in (1, 2)
        for style in ("a", "b")
    }
    assert len(blindings) == 8


def test_blinding_is_drawn_again_until_it_is_invertible() -> None:
    # With n = 6 only 5 will do: attempt after attempt is thrown away.
    codes = [VotingCode(symbol * 26) for symbol in "0123456789"]
    assert {derive_blinding(code, "Phi", 1, "a", RsaPublicKey(6)) for code in codes} == {5}


def test_request_shows_no_secret() -> None:
    request = request_of(GOOD)
    shown = repr(request)
    for secret in (GOOD["code"], str(request.credential.secret), request.credential.text):
        assert secret not in shown
    assert all(str(blinding.inverse) not in shown for blinding in request.blindings)
