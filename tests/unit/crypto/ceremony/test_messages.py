"""The four messages: one text each, and nothing malformed is ever a message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ippyo.canonical import dumps
from ippyo.crypto.ceremony import Commit, Complaint, Confirm, Reveal
from ippyo.crypto.ceremony.complaints import complain
from ippyo.errors import FaultyCoordinatorError, ParseError

FORGED = {"challenge": "1", "response": "1"}
KINDS: dict[str, Any] = {"commit": Commit, "reveal": Reveal, "confirm": Confirm, "complaint": Complaint}


@pytest.fixture(scope="module")
def messages(finished: Any) -> dict[str, Any]:
    """Return one message of each kind, all by trustee 2; the complaint is without reason."""
    state = finished.revealed[1]
    Z = finished.context.group.mul(state.committed.decryption, finished.reveals[0].shares[1].ephemeral)
    return {
        "commit": finished.commits[1],
        "reveal": finished.reveals[1],
        "confirm": finished.confirms[1],
        "complaint": complain(state, finished.reveals[0], Z).complaint,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(finished: Any, messages: dict[str, Any], kind: str) -> None:
    text = messages[kind].to_text()
    assert KINDS[kind].from_text(finished.context, text) == messages[kind]
    assert KINDS[kind].from_text(finished.context, text.encode()).to_text() == text
    assert text.startswith(f'{{"type":"{kind}","context":"{finished.context.text}","index":2,')


@pytest.mark.parametrize("kind", KINDS)
def test_fields_must_be_the_right_ones(finished: Any, messages: dict[str, Any], kind: str) -> None:
    value = messages[kind].to_value()
    for name in value:
        with pytest.raises(ParseError, match=f"lacks the field '{name}'"):
            KINDS[kind].from_value(finished.context, {key: entry for key, entry in value.items() if key != name})
    with pytest.raises(ParseError, match="unknown field"):
        KINDS[kind].from_value(finished.context, value | {"more": 1})
    with pytest.raises(ParseError, match="not a JSON object"):
        KINDS[kind].from_value(finished.context, [value])
    turned = dumps(dict(reversed(value.items())))
    with pytest.raises(ParseError, match="not in canonical form"):
        KINDS[kind].from_text(finished.context, turned)
    with pytest.raises(ParseError, match="more than the"):
        KINDS[kind].from_text(finished.context, " " * (1 << 20) + "{}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_of_another_ceremony_or_round_is_misdelivered(
    finished: Any, other: Any, messages: dict[str, Any], kind: str
) -> None:
    with pytest.raises(FaultyCoordinatorError, match=f"the {kind} of trustee 2 belongs to another key ceremony"):
        KINDS[kind].from_value(other.context, messages[kind].to_value())
    with pytest.raises(FaultyCoordinatorError, match=f"a message of trustee 2 is not a {kind}"):
        KINDS[kind].from_value(finished.context, messages[kind].to_value() | {"type": "vote"})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("index", [0, 4, "2", True])
def test_senders_that_do_not_exist(finished: Any, messages: dict[str, Any], kind: str, index: object) -> None:
    with pytest.raises(ParseError, match="index"):
        KINDS[kind].from_value(finished.context, messages[kind].to_value() | {"index": index})


def altered_message(signed: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Return a signed text with other content under the old signature."""
    return signed | {"message": dumps(json.loads(signed["message"]) | changes)}


def refused(kind: Any, context: Any, value: dict[str, Any], problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        kind.from_value(context, value)


def test_commits(finished: Any, messages: dict[str, Any]) -> None:
    context, G = finished.context, finished.context.group
    value = messages["commit"].to_value()
    cert, identity = value["cert"], G.encode(G.identity)
    contexts = json.loads(cert["message"])["context"]
    for changes, problem in (
        ({"signature": FORGED}, "has a false signature"),
        ({"commitment": finished.commits[0].commitment}, "has a false signature"),
        ({"commitment": "A" * 42}, "31 bytes long"),
        ({"commitment": "!" * 43}, "not Base64"),
        ({"cert": cert | {"signature": FORGED}}, "not signed with the key that it certifies"),
        ({"cert": finished.commits[0].cert.to_value()}, "another group, quorum or trustee"),
        ({"cert": altered_message(cert, context=contexts | {"group": "RFC-3526-2048"})}, "another group"),
        ({"cert": altered_message(cert, context=contexts | {"size": 4})}, "another group"),
        ({"cert": altered_message(cert, context=contexts | {"threshold": 3})}, "another group"),
        ({"cert": altered_message(cert, verification=identity)}, "verification key of trustee 2: is the identity"),
        ({"cert": altered_message(cert, encryption=identity)}, "encryption key of trustee 2: is the identity"),
        ({"cert": altered_message(cert, encryption="00" * 32)}, "not in the prime-order subgroup"),
        ({"cert": cert | {"message": cert["message"] + " "}}, "not in canonical form"),
        ({"cert": cert | {"message": "[]"}}, "not a JSON object"),
    ):
        refused(Commit, context, value | changes, problem)


def test_reveals(finished: Any, messages: dict[str, Any]) -> None:
    context, G = finished.context, finished.context.group
    value = messages["reveal"].to_value()
    coefexps, shares, identity = value["coefexps"], value["shares"], G.encode(G.identity)
    elements = json.loads(coefexps["message"])["coefexps"]
    for changes, problem in (
        ({"round": "A" * 42}, "31 bytes long"),
        ({"nonce": "AAAA"}, "3 bytes long instead of 32"),
        ({"coefexps": altered_message(coefexps, coefexps=elements[:1])}, "are 1, not 2 as the threshold asks"),
        ({"coefexps": altered_message(coefexps, coefexps=[*elements, elements[0]])}, "are 3, not 2"),
        ({"coefexps": altered_message(coefexps, coefexps=[])}, "are 0, not 2"),
        ({"coefexps": altered_message(coefexps, coefexps=[elements[0], identity])}, "hold the identity"),
        ({"coefexps": altered_message(coefexps, coefexps=[elements[0], "ff" * 32])}, "prime-order subgroup"),
        ({"coefexps": coefexps | {"message": coefexps["message"].replace(",", ", ")}}, "not in canonical form"),
        ({"shares": shares[:2]}, "does not have 3 to 3 entries"),
        ({"shares": [None, None, shares[2]]}, "share from trustee 2 for trustee 1: is missing"),
        ({"shares": [shares[0], shares[0], shares[2]]}, "is there although it should not be"),
        ({"shares": [shares[0] | {"ephemeral": identity}, None, shares[2]]}, "is the identity"),
        ({"shares": [shares[0] | {"data": "AAAA"}, None, shares[2]]}, "3 bytes long instead of 92"),
        ({"shares": [shares[0] | {"proof": {"challenge": "1"}}, None, shares[2]]}, "lacks the field 'response'"),
        ({"shares": [{"ephemeral": identity, "data": "AAAA"}, None, shares[2]]}, "lacks the field 'proof'"),
        ({"certs_signature": {"challenge": "1"}}, "lacks the field 'response'"),
        ({"signature": {"challenge": "1", "response": str(G.q)}}, "not below the order"),
    ):
        refused(Reveal, context, value | changes, problem)


def test_confirms(finished: Any, messages: dict[str, Any]) -> None:
    context, G = finished.context, finished.context.group
    value = messages["confirm"].to_value()
    key = value["verification_key"]
    for changes, problem in (
        ({"verification_key": key | {"pok": FORGED}}, "false proof of possession"),
        ({"verification_key": key | {"public_key": G.encode(G.generator)}}, "false proof of possession"),
        ({"verification_key": key | {"public_key": G.encode(G.identity)}}, "is the identity"),
        ({"verification_key": {"public_key": key["public_key"]}}, "lacks the field"),
    ):
        refused(Confirm, context, value | changes, problem)


def test_complaints(finished: Any, messages: dict[str, Any]) -> None:
    context, G = finished.context, finished.context.group
    value = messages["complaint"].to_value()
    for changes, problem in (
        ({"against": 2}, "against its own sender"),
        ({"against": 4}, "not between 1 and 3"),
        ({"against": 3}, "is against trustee 3 but holds a reveal of trustee 1"),
        ({"reveal": value["reveal"] | {"nonce": "AAAA"}}, "3 bytes long instead of 32"),
        ({"signature": {"challenge": "1"}}, "lacks the field 'response'"),
        ({"secret": G.encode(G.identity)}, "is the identity"),
        ({"proof": {"challenge": "x", "response": "1"}}, "not a canonical decimal scalar"),
    ):
        refused(Complaint, context, value | changes, problem)


def test_whose_text_a_reveal_is_can_be_told_of_bad_ones_too(finished: Any, messages: dict[str, Any]) -> None:
    context, commits, honest = finished.context, finished.commits, messages["reveal"]
    public, value = commits[1].cert.verification, honest.to_value()
    proof = value["signature"]

    def signed(text: str, index: int = 2) -> bool:
        return Reveal.was_signed(context, index, public, text)

    assert signed(honest.to_text())
    assert not Reveal.was_signed(context, 2, commits[0].cert.verification, honest.to_text())
    assert not signed(honest.to_text(), index=1)
    # Whoever carries it can break a message in these ways, and the signature still fits what is read from it.
    turned = {"response": proof["response"], "challenge": proof["challenge"]}
    for text in (
        honest.to_text() + " ",
        honest.to_text().replace(",", ", "),
        dumps({"signature": proof} | {name: entry for name, entry in value.items() if name != "signature"}),
        dumps(value | {"signature": turned}),
        dumps(value | {"signature": proof | {"more": 1}}),
        dumps(value | {"more": 1}),
        dumps(honest.to_text()),
        dumps([value]),
        dumps({name: entry for name, entry in value.items() if name != "signature"}),
        "{}",
        "",
        "no JSON",
        '{"signature":"\\ud800"}',
        " " * (1 << 20) + "{}",
    ):
        assert not signed(text)
