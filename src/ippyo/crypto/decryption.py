"""Threshold decryption: each trustee applies its key share, any t of them open the tally (docs/protocol.md §12).

A tally is a list of questions, each a list of ciphertexts. Two proofs go with every factor F = alpha^x: the record
format's own, whose challenge covers neither alpha nor F, and a strong one that covers both. Both are demanded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ippyo.canonical import Fields
from ippyo.crypto import chaum_pedersen
from ippyo.crypto.dlog import DiscreteLog
from ippyo.crypto.elgamal import Ciphertext
from ippyo.crypto.groups import Element, Group
from ippyo.crypto.proof import Proof
from ippyo.crypto.trustees import Trustees
from ippyo.errors import CheckFailedError, FaultyTrusteeError, ParseError
from ippyo.poll.limits import MAX_CHOICES

__all__ = [
    "Factors",
    "PartialDecryption",
    "Tally",
    "check_partial_decryption",
    "combine",
    "decode_counts",
    "lagrange",
    "partially_decrypt",
]

Tally = Sequence[Sequence[Ciphertext]]
Factors = tuple[tuple[Element, ...], ...]
Proofs = tuple[tuple[Proof, ...], ...]

MAX_QUESTIONS = 64
WHAT = "partial decryption"


@dataclass(frozen=True, slots=True)
class PartialDecryption:
    """What one trustee contributes: a factor with two proofs for every ciphertext, in the shape of the tally."""

    factors: Factors
    proofs: Proofs
    strong_proofs: Proofs

    def __post_init__(self) -> None:
        """Refuse three parts of different shapes (:class:`ParseError`)."""
        if not self.shape == tuple(map(len, self.proofs)) == tuple(map(len, self.strong_proofs)):
            raise ParseError(WHAT, "does not have two proofs for every factor")

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of choices of each question."""
        return tuple(map(len, self.factors))

    @classmethod
    def from_value(cls, group: Group, value: object) -> PartialDecryption:
        """Decode. A factor may be the identity: that of an empty tally is.

        Raises :class:`ParseError` for a wrong form; whether the proofs hold is for :func:`check_partial_decryption`.
        """
        read = Fields(value, WHAT, ("decryption_factors", "decryption_proofs", "strong_proofs"))
        factors = tuple(tuple(_factor(group, entry) for entry in row) for row in _rows(read, "decryption_factors"))
        proofs, strong_proofs = (
            tuple(tuple(Proof.from_value(group, entry, f"proof of a {WHAT}") for entry in row) for row in rows)
            for rows in (_rows(read, "decryption_proofs"), _rows(read, "strong_proofs"))
        )
        return cls(factors, proofs, strong_proofs)

    def to_value(self, group: Group) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "decryption_factors": [[group.encode(F) for F in row] for row in self.factors],
            "decryption_proofs": [[proof.to_value() for proof in row] for row in self.proofs],
            "strong_proofs": [[proof.to_value() for proof in row] for row in self.strong_proofs],
        }


def _rows(read: Fields, name: str) -> list[list[object]]:
    rows = read.array(name, limit=MAX_QUESTIONS, least=1)
    if not all(isinstance(row, list) and 1 <= len(row) <= MAX_CHOICES for row in rows):
        raise ParseError(WHAT, f"field {name!r} is not a list of lists of 1 to {MAX_CHOICES} entries")
    return rows


def _factor(group: Group, entry: object) -> Element:
    if not isinstance(entry, str):
        raise ParseError(WHAT, "holds a factor that is not a string")
    return group.decode(entry)


def _weak_prefix(group: Group, phi: str, X: Element) -> str:
    return f"decrypt|{phi}|{group.encode(X)}|"


def _strong_prefix(group: Group, phi: str, X: Element, alpha: Element, F: Element) -> str:
    return f"ippyo-decrypt-v1|{phi}|{group.encode(X)}|{group.encode(alpha)}|{group.encode(F)}|"


def partially_decrypt(group: Group, phi: str, secret: int, tally: Tally) -> PartialDecryption:
    """Apply the key share ``secret`` to every ciphertext of ``tally`` of the contest with fingerprint ``phi``.

    This opens whatever it is given, together with t - 1 others: pass only a tally that you have computed yourself
    from a verified record.
    """
    X = group.mul_base(secret)

    def one(ciphertext: Ciphertext) -> tuple[Element, Proof, Proof]:
        alpha = ciphertext.alpha
        F = group.mul(secret, alpha)
        return (
            F,
            chaum_pedersen.prove(group, _weak_prefix(group, phi, X), alpha, secret),
            chaum_pedersen.prove(group, _strong_prefix(group, phi, X, alpha, F), alpha, secret),
        )

    rows = [[one(ciphertext) for ciphertext in row] for row in tally]
    return PartialDecryption(
        tuple(tuple(F for F, _, _ in row) for row in rows),
        tuple(tuple(weak for _, weak, _ in row) for row in rows),
        tuple(tuple(strong for _, _, strong in row) for row in rows),
    )


def check_partial_decryption(
    trustees: Trustees, phi: str, owner: int, tally: Tally, partial: PartialDecryption
) -> None:
    """Check both proofs of every factor against the verification key of trustee ``owner``.

    Raises :class:`FaultyTrusteeError` naming the trustee: a wrong share, another contest, another tally;
    :class:`~ippyo.errors.InputError` if there is no such trustee.
    """
    group, X = trustees.group, trustees.verification_key(owner)
    if partial.shape != tuple(map(len, tally)):
        raise FaultyTrusteeError(owner, "sent a partial decryption that does not have the shape of the tally")
    rows = zip(tally, partial.factors, partial.proofs, partial.strong_proofs, strict=True)
    for row in rows:
        for position, (ciphertext, F, weak, strong) in enumerate(zip(*row, strict=True), start=1):
            alpha = ciphertext.alpha
            for name, prefix, proof in (
                ("proof", _weak_prefix(group, phi, X), weak),
                ("strong proof", _strong_prefix(group, phi, X, alpha, F), strong),
            ):
                if not chaum_pedersen.verify(group, prefix, proof, base=alpha, public=X, image=F):
                    raise FaultyTrusteeError(
                        owner, f"sent a partial decryption with a false {name} for choice {position}"
                    )


def lagrange(owners: Sequence[int], q: int) -> list[int]:
    """Return for each owner d: prod over the other owners k of k/(k-d) mod ``q``, its weight at 0."""
    weights = []
    for d in owners:
        numerator = denominator = 1
        for k in owners:
            if k != d:
                numerator = numerator * k % q
                denominator = denominator * (k - d) % q
        weights.append(numerator * pow(denominator, -1, q) % q)
    return weights


def combine(group: Group, threshold: int, partials: Mapping[int, PartialDecryption]) -> Factors:
    """Return alpha^x of every ciphertext, x being the secret key, from checked ``partials`` by owner.

    The lowest ``threshold`` owners are taken. Raises :class:`CheckFailedError` when there are fewer.
    """
    owners = sorted(partials)[:threshold]
    if len(owners) < threshold:
        raise CheckFailedError(
            f"{len(owners)} good partial decryptions are not enough: {threshold} trustees are needed"
        )
    weights = lagrange(owners, group.q)
    rows = zip(*(partials[owner].factors for owner in owners), strict=True)
    return tuple(tuple(group.multi_mul(weights, factors) for factors in zip(*row, strict=True)) for row in rows)


def decode_counts(group: Group, tally: Tally, factors: Factors, most: int) -> tuple[tuple[int, ...], ...]:
    """Return the count m of every ciphertext: beta / F = g^m, 0 <= m <= ``most``.

    Raises :class:`CheckFailedError` when there is no such m.
    """
    logarithm = DiscreteLog(group, most)
    return tuple(
        tuple(_count(group, logarithm, ciphertext, F) for ciphertext, F in zip(row, row_factors, strict=True))
        for row, row_factors in zip(tally, factors, strict=True)
    )


def _count(group: Group, logarithm: DiscreteLog, ciphertext: Ciphertext, F: Element) -> int:
    return logarithm.find(group.sub(ciphertext.beta, F))
