"""Schnorr's proof of knowledge of x in X = g^x, which with a message in its prefix is Schnorr's signature.

It serves as proof of possession of a key (``pok|GROUP|X|``), signature of trustees (``sigmsg|M|``), signature of a
ballot (``sig|h|``), and for spoiling a ballot and giving the right to vote back: docs/protocol.md §4, 7 and 8.
"""

from __future__ import annotations

from ippyo.crypto.groups import Element, Group
from ippyo.crypto.hashing import hash_to_scalar
from ippyo.crypto.proof import Proof
from ippyo.crypto.random import Draw, random_scalar

__all__ = ["commitment", "prove", "verify"]


def prove(group: Group, prefix: str, secret: int, *, _draw: Draw = random_scalar) -> Proof:
    """Return the proof for X = g^``secret``: A = g^w, c = Hq(prefix; A), r = w - x·c.

    ``prefix`` says what is signed and must be unlike the prefix of any other purpose.
    """
    w = _draw(group)
    c = hash_to_scalar(group, prefix, [group.mul_base(w)])
    return Proof(c, (w - secret * c) % group.q)


def commitment(group: Group, public: Element, proof: Proof) -> Element:
    """Return A = g^r X^c, what the prover must have committed to."""
    return group.add(group.mul_base(proof.response), group.mul_many([proof.challenge], [public])[0])


def verify(group: Group, prefix: str, public: Element, proof: Proof) -> bool:
    """Return whether ``proof`` shows knowledge of the logarithm of ``public`` (which was refused if the identity)."""
    return hash_to_scalar(group, prefix, [commitment(group, public, proof)]) == proof.challenge
