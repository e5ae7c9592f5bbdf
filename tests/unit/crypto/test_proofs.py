"""Hashing, Schnorr, Chaum-Pedersen and disjunctive proofs against their vectors: made again, verified, refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ippyo.crypto import chaum_pedersen, disjunctive, schnorr
from ippyo.crypto.batch import Batch
from ippyo.crypto.disjunctive import Branch, Opening
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Group, group
from ippyo.crypto.hashing import hash_texts_to_scalar, hash_to_scalar
from ippyo.crypto.proof import Proof
from ippyo.crypto.random import random_scalar
from ippyo.errors import ParseError

VECTORS = Path(__file__).parents[3] / "vectors"


def cases(file: str, kind: str, *names: str) -> list[Any]:
    entries = json.loads((VECTORS / f"{file}.json").read_text(encoding="utf-8"))[kind]
    return [
        pytest.param(case, id=" ".join([case["group"], *(case[name] for name in names if name in case)]))
        for case in entries
    ]


def replay(case: Any) -> Callable[[Group], int]:
    values = iter(case["random"])
    return lambda _: int(next(values))


def proof_of(G: Group, case: Any) -> Proof:
    return Proof.from_value(G, case["proof"], "proof")


@pytest.mark.parametrize("case", cases("hashing", "cases"))
def test_hash_to_scalar(case: Any) -> None:
    G = group(case["group"])
    assert str(hash_texts_to_scalar(G, case["prefix"], case["elements"])) == case["scalar"]
    assert str(hash_to_scalar(G, case["prefix"], map(G.decode, case["elements"]))) == case["scalar"]


def test_random_scalars_are_never_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    G = group("Ed25519")
    monkeypatch.setattr("secrets.randbelow", lambda bound: 0)
    assert random_scalar(G) == 1
    monkeypatch.setattr("secrets.randbelow", lambda bound: bound - 1)
    assert random_scalar(G) == G.q - 1


# --- Schnorr


@pytest.mark.parametrize("case", cases("schnorr", "proofs"))
def test_schnorr(case: Any) -> None:
    G = group(case["group"])
    proof = schnorr.prove(G, case["prefix"], int(case["secret"]), _draw=replay(case))
    assert proof.to_value() == case["proof"]
    assert schnorr.verify(G, case["prefix"], G.decode(case["public"]), proof_of(G, case))


@pytest.mark.parametrize("case", cases("schnorr", "refused", "why"))
def test_false_schnorr(case: Any) -> None:
    G = group(case["group"])
    assert not schnorr.verify(G, case["prefix"], G.decode(case["public"]), proof_of(G, case))


# --- Chaum-Pedersen


@pytest.mark.parametrize("case", cases("chaum-pedersen", "proofs"))
def test_chaum_pedersen(case: Any) -> None:
    G = group(case["group"])
    base, public, image = (G.decode(case[part]) for part in ("base", "public", "image"))
    proof = chaum_pedersen.prove(G, case["prefix"], base, int(case["secret"]), _draw=replay(case))
    assert proof.to_value() == case["proof"]
    assert chaum_pedersen.verify(G, case["prefix"], proof_of(G, case), base=base, public=public, image=image)


@pytest.mark.parametrize("case", cases("chaum-pedersen", "refused", "why"))
def test_false_chaum_pedersen(case: Any) -> None:
    G = group(case["group"])
    base, public, image = (G.decode(case[part]) for part in ("base", "public", "image"))
    assert not chaum_pedersen.verify(G, case["prefix"], proof_of(G, case), base=base, public=public, image=image)


# --- disjunctions


def branches_of(G: Group, case: Any) -> list[Branch]:
    return [
        Branch(Ciphertext(G.decode(branch["alpha"]), G.decode(branch["beta"])), branch["message"])
        for branch in case["branches"]
    ]


def verdict(G: Group, case: Any) -> bool:
    """Return the verdict on a disjunction, reached in both ways when it is true."""
    key, branches = G.decode(case["key"]), branches_of(G, case)
    proofs = [Proof.from_value(G, value, "proof") for value in case["proofs"]]
    commitments = disjunctive.commitments(G, G.table(key), branches, proofs)
    batch = Batch(G)
    batch.add(key, branches, proofs, commitments)
    assert batch.holds()
    return disjunctive.challenges_match(G, case["prefix"], map(G.encode, commitments), proofs)


@pytest.mark.parametrize("case", cases("disjunctive", "proofs", "what"))
def test_disjunction(case: Any) -> None:
    G = group(case["group"])
    key = G.table(G.decode(case["key"]))
    claims = [
        (Opening(int(opening["randomness"]), opening["message"]), branch["message"])
        for opening, branch in zip(case["openings"], case["branches"], strict=True)
    ]
    proofs, commitments = disjunctive.prove(G, key, case["prefix"], claims, _draw=replay(case))
    assert [proof.to_value() for proof in proofs] == case["proofs"]
    assert commitments == case["commitments"]
    assert verdict(G, case)


@pytest.mark.parametrize("case", cases("disjunctive", "refused", "what", "why"))
def test_false_disjunction(case: Any) -> None:
    assert not verdict(group(case["group"]), case)


def test_nothing_false_can_be_proved() -> None:
    G = group("Ed25519")
    with pytest.raises(ValueError, match="none of the claims is true"):
        disjunctive.prove(G, G.table(G.mul_base(9)), "prefix", [(Opening(5, 2), 0), (Opening(5, 2), 1)])


def test_an_opening_shows_nothing() -> None:
    assert repr(Opening(12345, 1)) == "Opening()"


@pytest.mark.parametrize("name", ["Ed25519", "BELENIOS-2048"])
@pytest.mark.parametrize("position", range(4))
def test_a_batch_sees_one_false_commitment(name: str, position: int) -> None:
    G = group(name)
    key = G.mul_base(77)
    branches = [Branch(Ciphertext(G.mul_base(5), G.add(G.mul(5, key), G.generator)), m) for m in (0, 1)]
    proofs, texts = disjunctive.prove(G, G.table(key), "p", [(Opening(5, 1), 0), (Opening(5, 1), 1)])
    commitments = [G.decode(text) for text in texts]
    good = Batch(G)
    good.add(key, branches, proofs, commitments)
    assert good.holds()
    commitments[position] = G.add(commitments[position], G.generator)
    good.add(key, branches, proofs, commitments)
    assert not good.holds()


def test_an_empty_batch_holds() -> None:
    assert Batch(group("Ed25519")).holds()


# --- the form of a proof


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "not a JSON object"),
        ({"challenge": "1"}, "lacks the field 'response'"),
        ({"challenge": "1", "response": "2", "more": "3"}, "unknown field 'more'"),
        ({"challenge": 1, "response": "2"}, "'challenge' is not a string"),
        ({"challenge": "1", "response": True}, "'response' is not a string"),
        ({"challenge": "1", "response": "01"}, "not a canonical decimal scalar"),
        ({"challenge": "", "response": "1"}, "not a canonical decimal scalar"),
        ({"challenge": "1" * 77, "response": "1"}, "longer than 76 characters"),
        ({"challenge": "1", "response": "9" * 76}, "not below the order"),
    ],
)
def test_malformed_proofs(value: object, problem: str) -> None:
    with pytest.raises(ParseError, match=f"^signature of X: .*{problem}"):
        Proof.from_value(group("Ed25519"), value, "signature of X")
