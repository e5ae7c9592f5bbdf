"""The applications (AP) on the card, their files and algorithms, as data.

Identifiers: OpenSC's card-jpki driver and public surveys of real cards. EF means elementary file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

__all__ = ["JPKI", "LABEL_BYTES", "TEXT", "JpkiApplication", "KeyFiles", "KeyKind", "PinForm", "TextApplication"]


LABEL_BYTES = 32
"""How long the label of the application for keys is, with its filler."""


class KeyKind(Enum):
    """Which of the two keys of the card."""

    SIGNATURE = "signature"
    """署名用: its certificate names the holder; a password of 6 to 16 letters and digits."""
    USER = "user"
    """利用者証明用: its certificate names nobody; a PIN of four digits."""


@dataclass(frozen=True, slots=True)
class PinForm:
    """How a PIN (暗証番号) must look, and how many wrong tries lock it."""

    least: int
    most: int
    letters: bool
    tries: int


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The elementary files that belong to one key."""

    key: int
    pin: int
    certificate: int
    ca_certificate: int
    form: PinForm


@dataclass(frozen=True, slots=True)
class JpkiApplication:
    """公的個人認証 AP: the two keys and their certificates.

    ``token`` holds the label that tells a card from a phone, ``presence`` one byte for each certificate, in the order
    of ``keys``: not zero where the card has it.
    """

    aid: bytes
    token: int
    presence: int
    keys: Mapping[KeyKind, KeyFiles]


@dataclass(frozen=True, slots=True)
class TextApplication:
    """券面事項入力補助 AP: the basic four data in text, behind a PIN of its own.

    The application has further files; this program knows of none of them.
    """

    aid: bytes
    pin: int
    basic: int
    form: PinForm


FOUR_DIGITS = PinForm(least=4, most=4, letters=False, tries=3)

JPKI = JpkiApplication(
    aid=bytes.fromhex("D392F000260100000001"),
    token=0x0006,
    presence=0x0008,
    keys={
        KeyKind.SIGNATURE: KeyFiles(
            key=0x001A,
            pin=0x001B,
            certificate=0x0001,
            ca_certificate=0x0002,
            form=PinForm(least=6, most=16, letters=True, tries=5),
        ),
        KeyKind.USER: KeyFiles(key=0x0017, pin=0x0018, certificate=0x000A, ca_certificate=0x000B, form=FOUR_DIGITS),
    },
)

TEXT = TextApplication(aid=bytes.fromhex("D3921000310001010408"), pin=0x0011, basic=0x0002, form=FOUR_DIGITS)
