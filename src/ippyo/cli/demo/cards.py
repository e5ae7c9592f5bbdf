"""The voters' My Number Cards, all simulated: a test authority issues them, and nothing real is on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ippyo.cli.demo.town import Resident
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.jpki import JpkiCard
from ippyo.identity.card.transport import Transport
from ippyo.identity.card.virtual.card import VirtualCard
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.identity.person import BasicData, BirthDate
from ippyo.identity.simulated.jlis import CardPins, Jlis, KeyPool

__all__ = ["CardInReader", "Cards", "person"]

SHARED_KEYS = 8
"""Key pairs that all cards share: making thousands takes minutes. Real cards have keys of their own."""

_SEXES = {"男": "male", "女": "female"}


def person(resident: Resident) -> BasicData:
    """Return what the card of a resident says."""
    year, month, day = map(int, resident.born.split("-"))
    return BasicData(resident.name, resident.address, _SEXES[resident.sex], BirthDate(year, month, day))


class Cards:
    """The test authority, and the cards it has issued."""

    def __init__(self, folder: Path) -> None:
        self.issued = datetime.now(UTC) - timedelta(days=30)
        self.jlis = Jlis.create(folder, self.issued)
        self._pool = KeyPool(SHARED_KEYS)

    def issue(self, residents: Sequence[Resident]) -> list[CardContents]:
        """Issue a card to each of these residents, all with the same PINs."""
        return [self.jlis.personalise(person(one), CardPins(), self.issued, pool=self._pool) for one in residents]


@dataclass
class CardInReader:
    """A card of which the holder has shown the PIN: it signs. ``kind`` is the key that the poll asks for."""

    contents: CardContents = field(repr=False)
    kind: KeyKind
    transport: Transport | None = field(default=None, repr=False)
    """The reader's; none is a reader in this process, as fast as the computer."""

    def __post_init__(self) -> None:
        self._card = JpkiCard(self.transport or VirtualCard(self.contents))
        self._card.select()
        key = self.contents.key(self.kind)
        assert key is not None, "every card of the demonstration has both keys"
        self._card.verify(self.kind, key.pin)
        self.certificate = self._card.certificate(self.kind)
        self.algorithm = self._card.algorithm(self.kind)

    def sign(self, message: bytes) -> bytes:
        """Sign a message."""
        return self._card.sign(self.kind, message)
