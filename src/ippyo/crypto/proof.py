"""One challenge and one response: the form in which every proof travels (docs/protocol.md §1)."""

from __future__ import annotations

from dataclasses import dataclass

from ippyo.canonical import Fields
from ippyo.crypto.groups import Group

__all__ = ["Proof"]


@dataclass(frozen=True, slots=True)
class Proof:
    """``challenge`` c and ``response`` r = w - x·c mod q, both below q; the commitments are g^r X^c and the like."""

    challenge: int
    response: int

    @classmethod
    def from_value(cls, group: Group, value: object, what: str) -> Proof:
        """Decode ``{"challenge":..,"response":..}``, decimal strings; ``what`` names the proof in a ParseError."""
        fields = Fields(value, what, ("challenge", "response"))
        limit = group.scalar_digits
        return cls(
            group.decode_scalar(fields.text("challenge", limit=limit), what=what),
            group.decode_scalar(fields.text("response", limit=limit), what=what),
        )

    def to_value(self) -> dict[str, str]:
        """Return the JSON object."""
        return {"challenge": str(self.challenge), "response": str(self.response)}
