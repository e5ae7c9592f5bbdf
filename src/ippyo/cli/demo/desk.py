"""The registration desk: it knows who, checks the roll, and has tickets signed without seeing what is signed.

The registry site with the My Number Card takes its place (identity/, registry/); the rules of issuing are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ippyo.cli.demo.offices import Issuer
from ippyo.cli.demo.town import Resident
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Issued
from ippyo.errors import RefusedError

__all__ = ["Desk"]


class Desk:
    """One desk for all issuers of the demonstration."""

    def __init__(self, poll: Poll, issuers: Sequence[Issuer], roll: Sequence[Resident]) -> None:
        self._poll = poll
        self._issuers = issuers
        self._roll = roll
        self._answered: dict[int, tuple[tuple[bytes, ...], tuple[bytes, ...]]] = {}
        self._totals: Counter[str] = Counter()

    def style_of(self, resident: int) -> str:
        """Return the ballot style of a resident (by number on the roll)."""
        return self._roll[resident].style

    def raise_totals(self, residents: Sequence[int]) -> list[Issued]:
        """Return the transactions that must be on the ledger before these residents get their tickets."""
        more = Counter(self._roll[number].style for number in residents)
        self._totals.update(more)
        return [
            Issued.make(self._poll.fingerprint, index, style, self._totals[style], issuer.key)
            for index, issuer in enumerate(self._issuers, start=1)
            for style in sorted(more)
        ]

    def record(self, resident: int, blinded: tuple[bytes, ...], answer: tuple[bytes, ...]) -> None:
        """Enter into the issuance log what the issuers answered to a resident (by number on the roll)."""
        self.require_first(resident, blinded)
        self._answered[resident] = (blinded, answer)

    def require_first(self, resident: int, blinded: tuple[bytes, ...]) -> None:
        """Refuse (``already-issued``) a second, different request of a resident."""
        known = self._answered.get(resident)
        if known is not None and known[0] != blinded:
            raise RefusedError("already-issued", "one person, one ticket")
