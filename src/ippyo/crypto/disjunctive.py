"""Proofs that one of several claims "this ciphertext encrypts that number" is true, without saying which.

Cramer, Damgård and Schoenmakers (1994): the branch that is true is proved, the others are simulated, and the challenges
of all branches add up to one hash. The commitments of a branch, for y the election key, are

    A = g^response alpha^challenge,  B = y^response (beta / g^message)^challenge        (docs/protocol.md §7)

What the hash covers besides the commitments is the caller's prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Element, Group, Table
from ippyo.crypto.hashing import hash_texts_to_scalar
from ippyo.crypto.proof import Proof
from ippyo.crypto.random import Draw, random_scalar

__all__ = ["Branch", "Opening", "challenges_match", "commitments", "prove"]


@dataclass(frozen=True, slots=True)
class Branch:
    """The claim that ``ciphertext`` encrypts ``message``."""

    ciphertext: Ciphertext
    message: int


@dataclass(frozen=True, slots=True)
class Opening:
    """The secret of a ciphertext: alpha = g^``randomness``, beta = y^``randomness`` g^``message``."""

    randomness: int = field(repr=False)
    message: int = field(repr=False)


def prove(
    group: Group, key: Table, prefix: str, branches: Sequence[tuple[Opening, int]], *, _draw: Draw = random_scalar
) -> tuple[tuple[Proof, ...], list[str]]:
    """Prove that one of ``branches`` is true; each pairs the opening of its ciphertext with the number it claims.

    Returns a proof per branch and the texts of the commitments A_0, B_0, A_1, B_1, … Raises ValueError if no branch is
    true: there is no proof then.

    The prover can open every ciphertext, so simulating takes no knowledge of alpha and beta: with a = response +
    randomness·challenge, A = g^a and B = y^a g^((message - claimed)·challenge), in the true branch as in the others.
    Every branch thus draws the same randomness and does the same multiplications, whichever is true.
    """
    q = group.q
    true = -1
    nonces, challenges, texts = [], [], []
    for j, (opening, claimed) in enumerate(branches):
        a, challenge = _draw(group), _draw(group)
        difference = opening.message - claimed
        if difference == 0:
            true = j
        A = group.mul_base(a)
        B = group.add(key.mul(a), group.mul_base(difference * challenge))
        nonces.append(a)
        challenges.append(challenge)
        texts += [group.encode(A), group.encode(B)]
    if true < 0:
        raise ValueError("none of the claims is true")
    challenges[true] += hash_texts_to_scalar(group, prefix, texts) - sum(challenges)
    return tuple(
        Proof(challenge % q, (a - opening.randomness * challenge) % q)
        for (opening, _), a, challenge in zip(branches, nonces, challenges, strict=True)
    ), texts


def commitments(group: Group, key: Table, branches: Iterable[Branch], proofs: Iterable[Proof]) -> list[Element]:
    """Return A_0, B_0, A_1, B_1, …: what the prover must have committed to for ``proofs`` to be true."""
    result = []
    for branch, proof in zip(branches, proofs, strict=True):
        c, r = proof.challenge, proof.response
        alpha, beta = branch.ciphertext.alpha, branch.ciphertext.beta
        if branch.message:
            beta = group.sub(beta, group.mul_base(branch.message))
        alpha_c, beta_c = group.mul_many([c, c], [alpha, beta])
        result += [group.add(group.mul_base(r), alpha_c), group.add(key.mul_public(r), beta_c)]
    return result


def challenges_match(group: Group, prefix: str, texts: Iterable[str], proofs: Iterable[Proof]) -> bool:
    """Return whether the challenges add up to the hash of ``prefix`` and the ``texts`` of the commitments.

    Together with the commitments being those of :func:`commitments`, this is the whole verification.
    """
    return sum(proof.challenge for proof in proofs) % group.q == hash_texts_to_scalar(group, prefix, texts)
