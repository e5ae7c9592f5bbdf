"""Chaum and Pedersen's proof that two elements have the same logarithm: log_g X = log_P Z.

It serves for partial decryptions (docs/protocol.md §12) and complaints (§4). The challenge covers the prefix and the
two commitments only: a prefix that names X, P and Z as well makes the proof strong, any other does not.
"""

from __future__ import annotations

from ippyo.crypto.groups import Element, Group
from ippyo.crypto.hashing import hash_to_scalar
from ippyo.crypto.proof import Proof
from ippyo.crypto.random import Draw, random_scalar

__all__ = ["prove", "verify"]


def prove(group: Group, prefix: str, base: Element, secret: int, *, _draw: Draw = random_scalar) -> Proof:
    """Return the proof that g^x and ``base``^x have the same logarithm x = ``secret``.

    A = g^w, B = base^w, c = Hq(prefix; A, B), r = w - x·c.
    """
    w = _draw(group)
    c = hash_to_scalar(group, prefix, [group.mul_base(w), group.mul(w, base)])
    return Proof(c, (w - secret * c) % group.q)


def verify(group: Group, prefix: str, proof: Proof, *, base: Element, public: Element, image: Element) -> bool:
    """Return whether ``proof`` shows log_g ``public`` = log_``base`` ``image``."""
    c, r = proof.challenge, proof.response
    X_c, base_r, image_c = group.mul_many([c, r, c], [public, base, image])
    A = group.add(group.mul_base(r), X_c)
    B = group.add(base_r, image_c)
    return hash_to_scalar(group, prefix, [A, B]) == c
