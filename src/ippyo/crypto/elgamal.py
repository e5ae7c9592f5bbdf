"""Exponential ElGamal: (g^r, y^r g^m). The product of ciphertexts encrypts the sum of their messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ippyo.canonical import Fields
from ippyo.crypto.groups import Element, Group, Table
from ippyo.errors import ParseError

__all__ = ["Ciphertext", "encrypt", "product"]


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """The pair (``alpha``, ``beta``)."""

    alpha: Element
    beta: Element

    @classmethod
    def from_value(cls, group: Group, value: object, what: str) -> Ciphertext:
        """Decode ``{"alpha":..,"beta":..}`` of a ballot, where neither component may be the identity."""
        ciphertext = cls.from_tally_value(group, value, what)
        if group.identity in (ciphertext.alpha, ciphertext.beta):
            raise ParseError(what, "has the identity of the group as a component")
        return ciphertext

    @classmethod
    def from_tally_value(cls, group: Group, value: object, what: str) -> Ciphertext:
        """Decode a ciphertext of a tally: that of an empty box is the pair of identities."""
        fields = Fields(value, what, ("alpha", "beta"))
        limit = group.text_limit
        return cls(group.decode(fields.text("alpha", limit=limit)), group.decode(fields.text("beta", limit=limit)))

    def to_value(self, group: Group) -> dict[str, str]:
        """Return the JSON object."""
        return {"alpha": group.encode(self.alpha), "beta": group.encode(self.beta)}


def encrypt(group: Group, key: Table, message: int, randomness: int) -> Ciphertext:
    """Return (g^r, y^r g^m) with the secret ``randomness`` r and the small number m = ``message``."""
    return Ciphertext(group.mul_base(randomness), group.add(key.mul(randomness), group.mul_base(message)))


def product(group: Group, ciphertexts: Sequence[Ciphertext]) -> Ciphertext:
    """Return the componentwise product, which encrypts the sum; of none, the pair of identities."""
    return Ciphertext(
        group.total([ciphertext.alpha for ciphertext in ciphertexts]),
        group.total([ciphertext.beta for ciphertext in ciphertexts]),
    )
