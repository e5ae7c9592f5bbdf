"""Cards for these tests: keys and self-made certificates, of which nothing is real."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ippyo.identity.card.transport import Transport
from ippyo.identity.card.virtual.contents import CardContents, KeyContents, TextContents
from ippyo.identity.person import BasicData, BirthDate

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Recorder:
    """A transport that notes what goes through it."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.commands: list[bytes] = []

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        return self.inner.transmit(command)


class Scripted:
    """A transport that expects these commands, and gives these answers."""

    def __init__(self, *lines: tuple[str, str]) -> None:
        self.lines = list(lines)

    def transmit(self, command: bytes) -> bytes:
        expected, answer = self.lines.pop(0)
        assert command.hex() == expected.replace(" ", "").lower()
        return bytes.fromhex(answer)


class MakeScripted(Protocol):
    def __call__(self, *lines: tuple[str, str]) -> Scripted: ...


def key_contents(pin: str, key: PrivateKey, name: str) -> KeyContents:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2034, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyContents(pin, private, certificate, certificate)


@pytest.fixture(scope="session")
def card_person() -> BasicData:
    return BasicData("一票　花子", "東京都清瀬市中里５丁目８４２番地", "female", BirthDate(1980, 2, 3))


@pytest.fixture(scope="session")
def card_contents(card_person: BasicData) -> CardContents:
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    return CardContents(
        key_contents("ABC123", keys[0], "signature"),
        key_contents("1234", keys[1], "user"),
        TextContents("4321", card_person),
    )


@pytest.fixture(scope="session")
def next_card_contents() -> CardContents:
    """Return the next generation's card, which signs with P-384."""
    keys = [ec.generate_private_key(ec.SECP384R1()) for _ in range(2)]
    return CardContents(key_contents("ABC123", keys[0], "signature"), key_contents("1234", keys[1], "user"))


@pytest.fixture(scope="session")
def other_curve_contents() -> CardContents:
    """Return a card whose keys no My Number Card has."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    return CardContents(key_contents("ABC123", keys[0], "signature"), key_contents("1234", keys[1], "user"))


@pytest.fixture(scope="session")
def recorder() -> type[Recorder]:
    return Recorder


@pytest.fixture(scope="session")
def scripted() -> MakeScripted:
    return Scripted
