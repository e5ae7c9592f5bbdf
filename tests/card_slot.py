"""A card reader for tests: cards can be put in and pulled out, and it notes when a card loses its power."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.transport import Transport
from ippyo.identity.card.virtual.card import VirtualCard
from ippyo.identity.card.virtual.contents import CardContents, KeyContents
from ippyo.identity.errors import CardError

PINS = {KeyKind.SIGNATURE: "SECRET7PIN", KeyKind.USER: "4821"}


@cache
def key_contents(name: str, algorithm: str, pin: str) -> KeyContents:
    """Return a key with a certificate that signs itself: nobody asks an agent whether to believe one."""
    key = rsa.generate_private_key(65537, 2048) if algorithm == "RS256" else ec.generate_private_key(ec.SECP384R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test {name}")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3650))
        .sign(key, hashes.SHA384())
        .public_bytes(Encoding.DER)
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyContents(pin, private, certificate, certificate)


def contents(name: str = "card", algorithm: str = "RS256", *, signature: bool = True) -> CardContents:
    """Return what is on the card called ``name``, the same in every call."""
    both = {kind: key_contents(f"{name} {kind.value}", algorithm, PINS[kind]) for kind in KeyKind}
    return CardContents(both[KeyKind.SIGNATURE] if signature else None, both[KeyKind.USER])


class Slot:
    """The reader. ``commands`` are those of all cards so far; ``problem`` is what the reader says instead of a card."""

    def __init__(self, card: CardContents | None = None) -> None:
        self.card = VirtualCard(card) if card is not None else None
        self.problem: str | None = None
        self.commands: list[bytes] = []
        self.powered = 0
        self._pull_after: int | None = None

    def insert(self, card: CardContents) -> None:
        self.card = VirtualCard(card)

    def put_back(self, card: VirtualCard) -> None:
        self.card = card

    def pull(self) -> VirtualCard:
        card, self.card = self.card, None
        assert card is not None
        card.power_off()
        return card

    def pull_after(self, commands: int) -> None:
        self._pull_after = commands

    @contextmanager
    def connect(self) -> Iterator[Transport]:
        if self.problem is not None:
            raise CardError(self.problem, "the reader has a problem")
        if self.card is None:
            raise CardError("no-card", "there is no card")
        self.powered += 1
        card = self.card
        try:
            yield _Connection(self, card)
        finally:
            self.powered -= 1
            card.power_off()

    def take(self, card: VirtualCard, command: bytes) -> bytes:
        if self._pull_after is not None:
            self._pull_after -= 1
            if self._pull_after < 0:
                self._pull_after = None
                self.pull()
        if self.card is not card:
            raise CardError("card-removed", "the card was taken away")
        self.commands.append(command)
        return card.transmit(command)

    @property
    def signatures(self) -> int:
        """How many COMPUTE DIGITAL SIGNATURE there were."""
        return sum(command[:2] == b"\x80\x2a" for command in self.commands)

    @property
    def shown(self) -> int:
        """How many PINs were shown."""
        return sum(command[1] == 0x20 and len(command) > 4 for command in self.commands)


class _Connection:
    def __init__(self, slot: Slot, card: VirtualCard) -> None:
        self._slot = slot
        self._card = card

    def transmit(self, command: bytes) -> bytes:
        return self._slot.take(self._card, command)
