"""Proofs of true statements verify; no other statement, prefix or number does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ippyo.crypto import chaum_pedersen, disjunctive, schnorr
from ippyo.crypto.batch import Batch
from ippyo.crypto.disjunctive import Branch, Opening
from ippyo.crypto.elgamal import encrypt
from ippyo.crypto.groups import GROUP_NAMES, group
from ippyo.crypto.proof import Proof

EVERY_GROUP = pytest.mark.parametrize("name", GROUP_NAMES)
few = settings(max_examples=5, deadline=None, derandomize=True)
secrets_ = st.integers(1, 2**250)
shifts = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any)


def shifted(proof: Proof, shift: tuple[int, int], q: int) -> Proof:
    return Proof((proof.challenge + shift[0]) % q, (proof.response + shift[1]) % q)


@EVERY_GROUP
@few
@given(secrets_, st.text(max_size=20), shifts)
def test_schnorr(name: str, x: int, prefix: str, shift: tuple[int, int]) -> None:
    G = group(name)
    X = G.mul_base(x)
    proof = schnorr.prove(G, prefix, x)
    assert schnorr.verify(G, prefix, X, proof)
    assert not schnorr.verify(G, prefix + "|", X, proof)
    assert not schnorr.verify(G, prefix, G.add(X, G.generator), proof)
    assert not schnorr.verify(G, prefix, X, shifted(proof, shift, G.q))


@EVERY_GROUP
@few
@given(secrets_, secrets_, shifts)
def test_chaum_pedersen(name: str, x: int, p: int, shift: tuple[int, int]) -> None:
    G = group(name)
    P, X = G.mul_base(p), G.mul_base(x)
    Z = G.mul(x, P)
    proof = chaum_pedersen.prove(G, "prefix", P, x)
    assert chaum_pedersen.verify(G, "prefix", proof, base=P, public=X, image=Z)
    assert not chaum_pedersen.verify(G, "prefix", proof, base=P, public=X, image=G.add(Z, G.generator))
    false = shifted(proof, shift, G.q)
    assert not chaum_pedersen.verify(G, "prefix", false, base=P, public=X, image=Z)


@EVERY_GROUP
@few
@given(st.integers(0, 3), st.integers(0, 3), secrets_, shifts, st.data())
def test_disjunction(name: str, m: int, extra: int, r: int, shift: tuple[int, int], data: st.DataObject) -> None:
    """Both ways of verifying say the same of a true proof and of an altered one."""
    G = group(name)
    key = G.mul_base(99)
    table = G.table(key)
    low = data.draw(st.integers(max(0, m - extra), m))
    claims = range(low, low + extra + 1)
    branches = [Branch(encrypt(G, table, m, r), claim) for claim in claims]
    proofs, texts = disjunctive.prove(G, table, "prefix", [(Opening(r, m), claim) for claim in claims])
    commitments = [G.decode(text) for text in texts]
    assert disjunctive.commitments(G, table, branches, proofs) == commitments
    assert disjunctive.challenges_match(G, "prefix", texts, proofs)

    j = data.draw(st.integers(0, extra))
    false = (*proofs[:j], shifted(proofs[j], shift, G.q), *proofs[j + 1 :])
    recomputed = disjunctive.commitments(G, table, branches, false)
    assert recomputed != commitments
    assert not disjunctive.challenges_match(G, "prefix", map(G.encode, recomputed), false)
    if name == "Ed25519":
        for candidate, holds in ((proofs, True), (false, False)):
            batch = Batch(G)
            batch.add(key, branches, candidate, commitments)
            assert batch.holds() == holds
