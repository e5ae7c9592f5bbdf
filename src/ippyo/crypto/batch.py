"""Many linear equations between group elements, checked at once.

Each equation gets a random 128-bit weight from the operating system, and their weighted sum is one multi-scalar
multiplication. If all elements are members of the prime-order group (decoding has seen to that) and one equation is
false, the sum is the identity with probability 2^-128: Bellare, Garay and Rabin (1998), small exponents test. Among
elements with a component of small order it would be far more likely.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ippyo.crypto.disjunctive import Branch
from ippyo.crypto.groups import Element, Group
from ippyo.crypto.proof import Proof

__all__ = ["Batch"]

WEIGHT_BYTES = 16


class Batch:
    """A growing set of equations about disjunctive proofs of one group."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._scalars: dict[Element, int] = {}

    def _accumulate(self, scalar: int, element: Element) -> None:
        self._scalars[element] = self._scalars.get(element, 0) + scalar

    def add(
        self, key: Element, branches: Sequence[Branch], proofs: Sequence[Proof], commitments: Sequence[Element]
    ) -> None:
        """Add the equations of one proof under the election key ``key``.

        For every branch: A / (g^response alpha^challenge) = 1 and B / (y^response (beta / g^message)^challenge) = 1.
        """
        weights = secrets.token_bytes(2 * WEIGHT_BYTES * len(proofs))
        base = y = position = 0
        for branch, proof, A, B in zip(branches, proofs, commitments[::2], commitments[1::2], strict=True):
            z_A = int.from_bytes(weights[position : position + WEIGHT_BYTES], signed=True)
            position += WEIGHT_BYTES
            z_B = int.from_bytes(weights[position : position + WEIGHT_BYTES], signed=True)
            position += WEIGHT_BYTES
            c, r = proof.challenge, proof.response
            base += z_A * r - z_B * c * branch.message
            y += z_B * r
            # The commitments, which are the most, have the short scalars: they cost half of what others cost.
            self._accumulate(z_A, A)
            self._accumulate(z_B, B)
            self._accumulate(-z_A * c, branch.ciphertext.alpha)
            self._accumulate(-z_B * c, branch.ciphertext.beta)
        self._accumulate(-base, self._group.generator)
        self._accumulate(-y, key)

    def holds(self) -> bool:
        """Return whether every equation holds; a false set passes with probability 2^-128."""
        return self._group.multi_mul(list(self._scalars.values()), list(self._scalars)) == self._group.identity
