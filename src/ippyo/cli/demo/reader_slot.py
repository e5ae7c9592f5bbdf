"""The card reader of the live demonstration: whoever sits there chooses whose card lies on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ippyo.identity.card.transport import Transport
from ippyo.identity.card.virtual.card import VirtualCard
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.errors import CardError

__all__ = ["ReaderSlot"]


class ReaderSlot:
    """Holds one of the cards of ``cards`` (by number on the roll), or none. A card's counters outlast its stay."""

    def __init__(self, cards: Mapping[int, CardContents]) -> None:
        self._cards = {number: VirtualCard(contents) for number, contents in cards.items()}
        self.inserted: int | None = None

    def insert(self, number: int) -> None:
        """Put a card on the reader, in place of another; no card with this number takes the old one away."""
        self.inserted = number if number in self._cards else None

    @contextmanager
    def connect(self) -> Iterator[Transport]:
        """Lend the card to a program; it loses its power in the end. Raises :class:`CardError` ``no-card``."""
        card = self._cards.get(self.inserted or 0)
        if card is None:
            raise CardError("no-card", "there is no card on the reader; put one on it and try again")
        try:
            yield _Lent(self, card)
        finally:
            card.power_off()


class _Lent:
    """A card as long as it lies on the reader."""

    def __init__(self, slot: ReaderSlot, card: VirtualCard) -> None:
        self._slot = slot
        self._card = card
        self._number = slot.inserted

    def transmit(self, command: bytes) -> bytes:
        if self._slot.inserted != self._number:
            raise CardError("card-removed", "the card was taken away; put it back and try again")
        return self._card.transmit(command)
