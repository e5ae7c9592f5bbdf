"""The trustees text T: who holds the election key, in the record's 3.x form (docs/protocol.md §4).

``[["Pedersen",{"threshold":t,"certs":[..],"coefexps":[..],"signatures":[..],"verification_keys":[..]}]]``.
A decoded :class:`Trustees` has passed every check of the form; that the trustees committed before they revealed is
seen from the transcript (:mod:`ippyo.crypto.ceremony`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ippyo.canonical import Fields, dumps, loads, require_canonical
from ippyo.crypto.groups import Element, Group
from ippyo.crypto.proof import Proof
from ippyo.crypto.trustee_keys import (
    Certificate,
    Coefexps,
    VerificationKey,
    certs_text,
    check_quorum,
    evaluate,
    signed_by,
)
from ippyo.errors import CheckFailedError, FaultyTrusteeError, InputError, ParseError
from ippyo.poll.limits import MAX_TRUSTEES
from ippyo.poll.policies import Quorum

__all__ = ["TRUSTEES_LIMIT", "Trustees"]

TRUSTEES_LIMIT = 4 << 20
WHAT = "trustees"


@dataclass(frozen=True)
class Trustees:
    """n trustees of whom ``threshold`` must act together, in the order of their numbers 1..n; always checked."""

    group: Group
    threshold: int
    certificates: tuple[Certificate, ...]
    coefexps: tuple[Coefexps, ...]
    certs_signatures: tuple[Proof, ...]
    keys: tuple[VerificationKey, ...]

    def __post_init__(self) -> None:
        """Check everything that one part alone does not show.

        Raises :class:`FaultyTrusteeError` naming the trustee whose part is false.
        """
        group = self.group
        combined = [group.total(column) for column in zip(*(c.elements for c in self.coefexps), strict=True)]
        for index, (cert, coefexps, signature, key) in enumerate(
            zip(self.certificates, self.coefexps, self.certs_signatures, self.keys, strict=True), start=1
        ):
            if not coefexps.signed.is_by(group, cert.verification):
                raise FaultyTrusteeError(index, "did not sign its coefexps")
            if not signed_by(group, cert.verification, certs_text(group, self.certificates, coefexps), signature):
                raise FaultyTrusteeError(index, "did not sign this list of certificates")
            if not key.is_by(group, cert.verification):
                raise FaultyTrusteeError(index, "did not sign its verification key")
            # g^S_j = prod_i prod_k A_ik^(j^k), the products over i taken first.
            if evaluate(group, combined, index) != key.public_key:
                raise FaultyTrusteeError(index, "has a verification key that does not follow from the coefexps")
        if self.public_key == group.identity:
            raise CheckFailedError("the election key is the identity of the group; hold the key ceremony again")

    @property
    def quorum(self) -> Quorum:
        """How many trustees there are (n), and how many must act together (t)."""
        return Quorum(len(self.certificates), self.threshold)

    @cached_property
    def public_key(self) -> Element:
        """The election key y = prod_i A_i0."""
        return self.group.total([coefexps.elements[0] for coefexps in self.coefexps])

    @cached_property
    def verification_keys(self) -> tuple[Element, ...]:
        """X_1..X_n with X_j = g^S_j."""
        return tuple(key.public_key for key in self.keys)

    def verification_key(self, owner: int) -> Element:
        """Return X of the trustee with number ``owner`` (from 1); raises :class:`InputError` if there is none."""
        if not 1 <= owner <= len(self.keys):
            raise InputError(f"there is no trustee {owner}; the trustees are numbered 1 to {len(self.keys)}")
        return self.keys[owner - 1].public_key

    @classmethod
    def from_text(cls, group: Group, text: str | bytes) -> Trustees:
        """Decode the trustees text and check all of it.

        Raises :class:`ParseError` for a broken part, :class:`FaultyTrusteeError` for parts that contradict each other.
        """
        value = loads(text, what=WHAT, limit=TRUSTEES_LIMIT)
        if not (isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) and len(value[0]) == 2):
            raise ParseError(WHAT, "is not a list of one pair")
        kind, params = value[0]
        if kind != "Pedersen":
            raise ParseError(WHAT, "is not of the kind 'Pedersen'")
        names = ("threshold", "certs", "coefexps", "signatures", "verification_keys")
        trustees = cls._from_fields(group, Fields(params, WHAT, names))
        require_canonical(text, trustees.to_text(), what=WHAT)
        return trustees

    @classmethod
    def _from_fields(cls, group: Group, read: Fields) -> Trustees:
        certs = read.array("certs", limit=MAX_TRUSTEES, least=1)
        n, t = len(certs), read.integer("threshold", low=1, high=MAX_TRUSTEES)
        quorum = Quorum(n, t)
        check_quorum(quorum)
        coefexps = read.array("coefexps", limit=n, least=n)
        signatures = read.array("signatures", limit=n, least=n)
        keys = read.array("verification_keys", limit=n, least=n)
        return cls(
            group,
            t,
            tuple(Certificate.from_value(group, quorum, i, v) for i, v in enumerate(certs, 1)),
            tuple(Coefexps.from_value(group, t, v, f"coefexps of trustee {i}") for i, v in enumerate(coefexps, 1)),
            tuple(Proof.from_value(group, v, f"certs signature of trustee {i}") for i, v in enumerate(signatures, 1)),
            tuple(
                VerificationKey.from_value(group, v, f"verification key of trustee {i}") for i, v in enumerate(keys, 1)
            ),
        )

    def to_text(self) -> str:
        """Return the canonical text T."""
        params = {
            "threshold": self.threshold,
            "certs": [cert.to_value() for cert in self.certificates],
            "coefexps": [coefexps.to_value() for coefexps in self.coefexps],
            "signatures": [signature.to_value() for signature in self.certs_signatures],
            "verification_keys": [key.to_value(self.group) for key in self.keys],
        }
        return dumps([["Pedersen", params]])
