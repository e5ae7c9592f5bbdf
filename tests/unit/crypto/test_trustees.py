"""The trustees text: the record format's form, and every check of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests import held_ceremony

from ippyo.canonical import dumps
from ippyo.crypto.ceremony import CeremonyContext, commit
from ippyo.crypto.groups import group
from ippyo.crypto.proof import Proof
from ippyo.crypto.trustee_keys import Coefexps, SignedText, VerificationKey, certs_text, sign
from ippyo.crypto.trustees import Trustees
from ippyo.errors import CheckFailedError, FaultyTrusteeError, InputError, ParseError
from ippyo.poll.policies import Quorum

G = group("Ed25519")
FORGED = {"challenge": "1", "response": "1"}


@pytest.fixture(scope="module")
def ceremony() -> tuple[Trustees, list[Any], list[Any]]:
    """Return the outcome of a ceremony, the states before the reveals, and the key shares."""
    finished = held_ceremony.hold(CeremonyContext("m" * 43, G, Quorum(3, 2)))
    return finished.trustees, finished.committed, finished.shares


@pytest.fixture
def trustees(ceremony: tuple[Trustees, list[Any], list[Any]]) -> Trustees:
    return ceremony[0]


def changed(trustees: Trustees, change: Callable[[dict[str, Any]], object]) -> str:
    """Return the text with its parameters changed in place."""
    value = json.loads(trustees.to_text())
    change(value[0][1])
    return dumps(value)


def test_round_trip(trustees: Trustees) -> None:
    text = trustees.to_text()
    again = Trustees.from_text(G, text)
    assert (again, again.to_text()) == (trustees, text)
    assert again.quorum == Quorum(3, 2)
    assert again.public_key == G.total([coefexps.elements[0] for coefexps in again.coefexps])
    assert [again.verification_key(owner) for owner in (1, 2, 3)] == list(again.verification_keys)
    assert text.startswith('[["Pedersen",{"threshold":2,"certs":[{"message":"{\\"context\\":{\\"group\\":\\"Ed25519\\"')


@pytest.mark.parametrize("owner", [0, 4, -1])
def test_owners_that_do_not_exist(trustees: Trustees, owner: int) -> None:
    with pytest.raises(InputError, match="numbered 1 to 3"):
        trustees.verification_key(owner)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "not a list of one pair"),
        ("[]", "not a list of one pair"),
        ('["Pedersen"]', "not a list of one pair"),
        ('[["Pedersen"]]', "not a list of one pair"),
        ('[["Pedersen",{}],["Pedersen",{}]]', "not a list of one pair"),
        ('[["Single",{}]]', "not of the kind 'Pedersen'"),
        ('[["Pedersen",{}]]', "lacks the field 'threshold'"),
        (" " * (4 << 20) + "[]", "more than the 4194304 allowed"),
    ],
)
def test_texts_of_another_form(text: str, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        Trustees.from_text(G, text)


def test_broken_parts(trustees: Trustees) -> None:
    changes: list[tuple[Callable[[dict[str, Any]], object], str]] = [
        (lambda p: p.update(more=1), "unknown field"),
        (lambda p: p.update(threshold=0), "not between 1 and 30"),
        (lambda p: p.update(threshold=3), "another group, quorum or trustee"),
        (lambda p: p.update(certs=[]), "does not have 1 to 30 entries"),
        (lambda p: p.update(certs=p["certs"] * 11), "does not have 1 to 30 entries"),
        (lambda p: p["coefexps"].pop(), "'coefexps' does not have 3 to 3 entries"),
        (lambda p: p["signatures"].pop(), "'signatures' does not have 3 to 3 entries"),
        (lambda p: p["verification_keys"].append(FORGED), "'verification_keys' does not have 3 to 3 entries"),
        (lambda p: p["certs"].reverse(), "certificate of trustee 1: is for another"),
        (lambda p: p["certs"][1].update(signature=FORGED), "certificate of trustee 2: is not signed"),
        (lambda p: p["coefexps"][1].update(message='{"coefexps":[]}'), "coefexps of trustee 2: are 0, not 2"),
        (lambda p: p["verification_keys"][1].update(pok=FORGED), "verification key of trustee 2: has a false proof"),
        (lambda p: p["signatures"][1].update(challenge="-1"), "certs signature of trustee 2: is not a canonical"),
    ]
    for change, problem in changes:
        with pytest.raises(ParseError, match=problem):
            Trustees.from_text(G, changed(trustees, change))
    with pytest.raises(InputError, match="impossible"):
        Trustees.from_text(G, changed(trustees, lambda p: p.update(threshold=4)))
    with pytest.raises(ParseError, match="not in canonical form"):
        Trustees.from_text(G, trustees.to_text() + "\n")
    with pytest.raises(ParseError):
        Trustees.from_text(group("BELENIOS-2048"), trustees.to_text())


def test_parts_that_contradict_each_other_name_a_trustee(trustees: Trustees) -> None:
    changes: list[tuple[Callable[[dict[str, Any]], object], str]] = [
        (lambda p: p["coefexps"][1].update(signature=FORGED), "did not sign its coefexps"),
        (lambda p: p["signatures"].__setitem__(1, FORGED), "did not sign this list of certificates"),
        (lambda p: p["verification_keys"][1].update(signature=FORGED), "did not sign its verification key"),
    ]
    for change, problem in changes:
        with pytest.raises(FaultyTrusteeError, match=problem) as caught:
            Trustees.from_text(G, changed(trustees, change))
        assert caught.value.index == 2


def test_verification_keys_follow_from_the_coefexps(ceremony: tuple[Trustees, list[Any], list[Any]]) -> None:
    trustees, states, shares = ceremony
    for share in (shares[0].secret, (shares[1].secret + 1) % G.q):
        keys = [*trustees.keys]
        keys[1] = VerificationKey.make(G, share, states[1].signing)
        with pytest.raises(FaultyTrusteeError, match="trustee 2: has a verification key that does not follow"):
            replace(trustees, keys=tuple(keys))


def test_a_replaced_polynomial_is_seen(ceremony: tuple[Trustees, list[Any], list[Any]]) -> None:
    """Trustee 2 signs other coefexps, list of certificates and all: the verification keys no longer follow."""
    trustees, states, _ = ceremony
    coefexps = Coefexps.make(G, states[1].signing, [5, 7])
    signature = sign(G, states[1].signing, certs_text(G, trustees.certificates, coefexps))
    with pytest.raises(FaultyTrusteeError, match="trustee 1: has a verification key that does not follow"):
        replace(
            trustees,
            coefexps=(trustees.coefexps[0], coefexps, trustees.coefexps[2]),
            certs_signatures=(trustees.certs_signatures[0], signature, trustees.certs_signatures[2]),
        )


def test_a_key_nobody_holds_is_refused() -> None:
    """Two trustees, both needed, whose constant terms cancel: the election key would be the identity."""
    context = CeremonyContext("m" * 43, G, Quorum(2, 2))
    one, two = commit(context, 1), commit(context, 2)
    coefficients = ((5, 7), (G.q - 5, 11))
    certificates = (one.commit.cert, two.commit.cert)
    coefexps = tuple(Coefexps.make(G, state.signing, a) for state, a in zip((one, two), coefficients, strict=True))
    shares = [(sum(a for a, _ in coefficients) + j * sum(a for _, a in coefficients)) % G.q for j in (1, 2)]
    with pytest.raises(CheckFailedError, match="the election key is the identity"):
        Trustees(
            G,
            2,
            certificates,
            coefexps,
            tuple(
                sign(G, state.signing, certs_text(G, certificates, own))
                for state, own in zip((one, two), coefexps, strict=True)
            ),
            tuple(
                VerificationKey.make(G, share, state.signing) for share, state in zip(shares, (one, two), strict=True)
            ),
        )


def test_a_signature_is_of_one_text_and_one_key() -> None:
    signed = SignedText.make(G, 5, "text")
    assert signed.is_by(G, G.mul_base(5))
    assert not signed.is_by(G, G.mul_base(6))
    assert not replace(signed, message="text ").is_by(G, G.mul_base(5))
    assert not replace(signed, signature=Proof(1, 1)).is_by(G, G.mul_base(5))
