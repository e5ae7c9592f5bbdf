"""What the proofs in a ballot say: one list, from which both sealing and checking work (docs/protocol.md §7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ippyo.ballot.election import Election
from ippyo.crypto.disjunctive import Branch
from ippyo.crypto.elgamal import Ciphertext, product

__all__ = ["Statement", "branch_counts", "statements", "total"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A disjunction: one of ``branches`` is true. ``prefix`` is what its hash covers besides the commitments."""

    name: str
    prefix: str
    branches: tuple[Branch, ...]


def branch_counts(election: Election) -> list[int]:
    """Return the number of branches of every proof in a ballot: the individual ones, overall, and blank if allowed."""
    contest = election.contest
    individual = [2] * contest.choices
    sums = contest.max - contest.min + 1
    return [*individual, sums + 1, 2] if contest.blank else [*individual, sums]


def total(election: Election, choices: Sequence[Ciphertext]) -> Ciphertext:
    """Return the product of the answers' choices: the encryption of how many are marked, the blank mark left out."""
    return product(election.group, choices[election.contest.blank :])


def statements(
    election: Election, credential: str, choices: Sequence[Ciphertext], Sigma: Ciphertext
) -> Iterator[Statement]:
    """Yield what is proved about ``choices`` and their :func:`total`, under the credential given as its text.

    Individual proofs are named by the position of their choice, from 1; with blank allowed, choice 1 is the blank mark.
    """
    encode, contest = election.group.encode, election.contest
    texts = [f"{encode(choice.alpha)},{encode(choice.beta)}" for choice in choices]
    S0 = f"{election.fingerprint}|{credential}"
    S = f"{S0}|{','.join(texts)}"
    for position, (choice, text) in enumerate(zip(choices, texts, strict=True), start=1):
        yield Statement(f"individual-proof {position}", f"prove|{S0}|{text}|", (Branch(choice, 0), Branch(choice, 1)))
    marked = tuple(Branch(Sigma, M) for M in range(contest.min, contest.max + 1))
    if contest.blank:
        c0 = choices[0]
        yield Statement("overall-proof", f"bproof1|{S}|", (Branch(c0, 1), *marked))
        yield Statement("blank-proof", f"bproof0|{S}|", (Branch(c0, 0), Branch(Sigma, 0)))
    else:
        yield Statement("overall-proof", f"prove|{S}|{encode(Sigma.alpha)},{encode(Sigma.beta)}|", marked)
