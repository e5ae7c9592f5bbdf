"""What is on a virtual card: PINs, keys, certificates and the basic four data, in one canonical text.

    {"type":"virtual-card","label":LABEL,"signature":KEY or null,"user":KEY or null,"text":TEXT or null}
    KEY: {"pin":..,"key":b64(PKCS#8 DER),"certificate":b64(DER),"ca_certificate":b64(DER)}
    TEXT: {"pin":..,"name":..,"address":..,"sex":..,"born":[year,month,day]}

All of it is secret: the file is for the eyes of its owner only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self, TypeVar

from ippyo.canonical import b64, dumps, fields, loads, require_canonical, unb64
from ippyo.errors import ParseError
from ippyo.identity.card.applications import JPKI, LABEL_BYTES, TEXT, KeyKind
from ippyo.identity.card.pin import is_registered
from ippyo.identity.person import BasicData, BirthDate

__all__ = ["CARD_LABEL", "CARD_LIMIT", "CardContents", "KeyContents", "TextContents"]

T = TypeVar("T")

WHAT = "virtual card"
TYPE = "virtual-card"

CARD_LABEL = "JPKIAPICCTOKEN2"
"""How the card itself calls itself; phones have other labels."""

CARD_LIMIT = 64 * 1024
"""Bytes of a card's text."""

DER_LIMIT = 8192


@dataclass(frozen=True, slots=True, repr=False)
class KeyContents:
    """One key of the card: its PIN, the private key (PKCS#8, DER), its certificate and its CA's (DER)."""

    pin: str = field(repr=False)
    key: bytes = field(repr=False)
    certificate: bytes
    ca_certificate: bytes

    def __repr__(self) -> str:
        return "KeyContents(hidden)"

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the nested object. Raises :class:`ParseError`."""
        read = fields(value, WHAT, "pin", "key", "certificate", "ca_certificate")
        names = ("key", "certificate", "ca_certificate")
        key, certificate, ca_certificate = (unb64(read.text(name, limit=2 * DER_LIMIT), what=name) for name in names)
        return cls(read.text("pin", limit=40), key, certificate, ca_certificate)

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        return {
            "pin": self.pin,
            "key": b64(self.key),
            "certificate": b64(self.certificate),
            "ca_certificate": b64(self.ca_certificate),
        }


@dataclass(frozen=True, slots=True, repr=False)
class TextContents:
    """What 券面事項入力補助 holds: a PIN and the basic four data."""

    pin: str = field(repr=False)
    basic: BasicData

    def __repr__(self) -> str:
        return "TextContents(hidden)"

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Decode the nested object. Raises :class:`ParseError`."""
        read = fields(value, WHAT, "pin", "name", "address", "sex", "born")
        born = read.array("born", least=3, limit=3)
        if not all(isinstance(part, int) and not isinstance(part, bool) for part in born):
            raise ParseError(WHAT, "field 'born' is not three integers")
        basic = BasicData(read.text("name"), read.text("address"), read.text("sex"), BirthDate(*born))
        return cls(read.text("pin", limit=40), basic)

    def to_value(self) -> dict[str, object]:
        """Return the fields in canonical order."""
        basic = self.basic
        return {
            "pin": self.pin,
            "name": basic.name,
            "address": basic.address,
            "sex": basic.sex,
            "born": [basic.born.year, basic.born.month, basic.born.day],
        }


@dataclass(frozen=True, slots=True, repr=False)
class CardContents:
    """A whole card; None for what the holder does not have (nobody under 15 has ``signature``).

    Passwords hold capitals, as the office registers them. Raises :class:`ParseError` for a PIN or label that no card
    can hold.
    """

    signature: KeyContents | None
    user: KeyContents | None
    text: TextContents | None = None
    label: str = CARD_LABEL

    def __post_init__(self) -> None:
        for held, form in (
            (self.signature, JPKI.keys[KeyKind.SIGNATURE].form),
            (self.user, JPKI.keys[KeyKind.USER].form),
            (self.text, TEXT.form),
        ):
            if held is not None and not is_registered(held.pin, form):
                raise ParseError(WHAT, "has a PIN that no card can hold")
        if not (self.label.isascii() and self.label.isalnum() and len(self.label) <= LABEL_BYTES):
            raise ParseError(WHAT, "has a label that no card can hold")

    def __repr__(self) -> str:
        return "CardContents(hidden)"

    def key(self, kind: KeyKind) -> KeyContents | None:
        """Return one of the two keys, if the card has it."""
        return self.signature if kind is KeyKind.SIGNATURE else self.user

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode the canonical text. Raises :class:`ParseError`."""
        read = fields(loads(text, what=WHAT, limit=CARD_LIMIT), WHAT, "type", "label", "signature", "user", "text")
        if read.text("type", limit=40) != TYPE:
            raise ParseError(WHAT, f"is not of the type {TYPE}")
        contents = cls(
            _optional(read.raw("signature"), KeyContents.from_value),
            _optional(read.raw("user"), KeyContents.from_value),
            _optional(read.raw("text"), TextContents.from_value),
            read.text("label", limit=LABEL_BYTES),
        )
        require_canonical(text, contents.to_text(), what=WHAT)
        return contents

    def to_text(self) -> str:
        """Return the canonical text, secrets and all."""
        return dumps(
            {
                "type": TYPE,
                "label": self.label,
                "signature": self.signature and self.signature.to_value(),
                "user": self.user and self.user.to_value(),
                "text": self.text and self.text.to_value(),
            }
        )


def _optional(value: object, parse: Callable[[object], T]) -> T | None:
    return None if value is None else parse(value)
