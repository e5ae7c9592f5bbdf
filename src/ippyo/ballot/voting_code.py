"""The voting code (投票用コード): the one secret of a voter, from which all else is derived (docs/protocol.md §6)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ippyo.canonical import sha256
from ippyo.errors import ParseError

__all__ = ["VotingCode"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_SYMBOLS = 26
CHECK_SYMBOLS = 2
GROUP_SYMBOLS = 4
MAX_TYPED = 200
CARD_SIGNATURE_BYTES = range(256, 513)
"""RSA-2048 (today's card) to RSA-4096."""
LETTER_SYMBOLS = 12
"""Length of a registration code (投票人登録用コード), without hyphens."""
WHAT = "voting code"


def _reading_table() -> dict[int, str]:
    """Map what people type to what is meant: full-width forms, lower case, look-alikes, spaces and hyphens."""
    meant = {**{letter: letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}}
    meant |= dict.fromkeys("Oo", "0") | dict.fromkeys("IiLl", "1")
    meant |= dict.fromkeys(" \t\r\n-\u00a0\u3000\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff70", "")
    # The full-width forms U+FF01 to U+FF5E, which a Japanese keyboard yields, mirror ASCII.
    wide = {chr(code + 0xFEE0): meant.get(chr(code), chr(code)) for code in range(0x21, 0x7F)}
    return str.maketrans(meant | wide)


_READING = _reading_table()


@dataclass(frozen=True, slots=True, repr=False)
class VotingCode:
    """130 bits as 26 symbols of Crockford's Base32. Shown by :meth:`reveal` only, never by ``str`` or ``repr``."""

    _symbols: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self._symbols) != SECRET_SYMBOLS or not set(self._symbols) <= set(ALPHABET):
            raise ParseError(WHAT, f"does not have {SECRET_SYMBOLS} symbols of the alphabet")

    def __repr__(self) -> str:
        return "VotingCode(hidden)"

    @classmethod
    def generate(cls) -> Self:
        """Draw a new code from the operating system."""
        return cls("".join(secrets.choice(ALPHABET) for _ in range(SECRET_SYMBOLS)))

    @classmethod
    def from_card_signature(cls, signature: bytes, fingerprint: str, letter: str) -> Self:
        """Return the code that a card and a letter yield in the poll ``fingerprint`` (Phi): docs/registration.md §2.

        ``signature`` is the card's RSASSA-PKCS1-v1_5 signature over the code text of that poll. Whoever calls has
        verified it: that scheme has one valid signature only, so that the same card always yields the same code.
        ``letter`` is the registration code, 12 symbols: whoever gets a hash of his choice signed by the card, as
        services that sign documents do, still lacks it. Raises :class:`ParseError` for a length that no such signature
        has, and for what is no such code.
        """
        if len(signature) not in CARD_SIGNATURE_BYTES:
            raise ParseError("card signature", "is not of RSA with 2048 to 4096 bits")
        if len(letter) != LETTER_SYMBOLS or not set(letter) <= set(ALPHABET):
            raise ParseError("registration code", f"does not have {LETTER_SYMBOLS} symbols of the alphabet")
        drawn = HKDF(SHA256(), 17, b"ippyo-card-code-v1", f"{fingerprint}|{letter}".encode()).derive(signature)
        bits = int.from_bytes(drawn) >> (17 * 8 - SECRET_SYMBOLS * 5)
        return cls("".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(SECRET_SYMBOLS))))

    @classmethod
    def parse(cls, typed: str) -> Self:
        """Read a code as a person types it: any case, O for 0, I or L for 1, full-width forms, spaces, hyphens.

        Raises :class:`ParseError`, which never shows the code, for a wrong length, a foreign character, or check
        characters that do not fit.
        """
        if len(typed) > MAX_TYPED:
            raise ParseError(WHAT, "is too long")
        symbols = typed.translate(_READING)
        if not set(symbols) <= set(ALPHABET):
            raise ParseError(WHAT, "holds a character that no voting code has")
        if len(symbols) != SECRET_SYMBOLS + CHECK_SYMBOLS:
            raise ParseError(WHAT, f"has {len(symbols)} characters instead of {SECRET_SYMBOLS + CHECK_SYMBOLS}")
        secret, check = symbols[:SECRET_SYMBOLS], symbols[SECRET_SYMBOLS:]
        if check != _check_symbols(secret):
            raise ParseError(WHAT, "is mistyped: its last two characters do not fit the others")
        return cls(secret)

    def reveal(self) -> str:
        """Return the code for the voter's eyes: seven groups of four joined by hyphens."""
        symbols = self._symbols + _check_symbols(self._symbols)
        return "-".join(symbols[start : start + GROUP_SYMBOLS] for start in range(0, len(symbols), GROUP_SYMBOLS))

    @property
    def key_material(self) -> bytes:
        """The 26 symbols in ASCII: the input of every derivation, and secret."""
        return self._symbols.encode("ascii")


def _check_symbols(secret: str) -> str:
    """Return the first 10 bits of H(``ippyo-code-v1|`` and the symbols) as two symbols."""
    bits = int.from_bytes(sha256(f"ippyo-code-v1|{secret}")[:2]) >> 6
    return ALPHABET[bits >> 5] + ALPHABET[bits & 31]
