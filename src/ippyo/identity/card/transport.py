"""What carries commands to a card: a reader, or the virtual card itself."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Transport"]


class Transport(Protocol):
    """One card, connected and powered; nobody else uses it meanwhile."""

    def transmit(self, command: bytes) -> bytes:
        """Send a command APDU (ISO/IEC 7816-4, short form) and return the card's answer, status word last.

        Raises :class:`~ippyo.identity.errors.CardError`: ``card-removed``, ``reader-busy``.
        """
        ...
