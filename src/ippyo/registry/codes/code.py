"""The registration code (投票人登録用コード) itself: drawing one, reading what a person typed, and its digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Self

from django.conf import settings

from ippyo.errors import ParseError

__all__ = ["ALPHABET", "CodeText", "possible_digests"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's Base32: no I, L, O or U."""

SECRET_SYMBOLS = 11
"""55 bits: with the brake of :mod:`.attempts`, guessing one code of a million takes longer than a poll lasts."""

SYMBOLS = SECRET_SYMBOLS + 1
GROUP = 4
MAX_TYPED = 100
WHAT = "registration code"

_PRIME = 31
"""The check symbol is the sum of the symbols, each times its place, modulo 31: it finds every wrong symbol but 0 for Z,
and every exchange of two neighbours but these."""


def _reading_table() -> dict[int, str]:
    """Map what people type to what is meant: full-width forms, lower case, look-alikes, spaces and hyphens."""
    meant = {letter: letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}
    meant |= dict.fromkeys("Oo", "0") | dict.fromkeys("IiLl", "1")
    meant |= dict.fromkeys(" \t\r\n-\u00a0\u3000\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff70", "")
    wide = {chr(code + 0xFEE0): meant.get(chr(code), chr(code)) for code in range(0x21, 0x7F)}
    return str.maketrans(meant | wide)


_READING = _reading_table()


@dataclass(frozen=True, slots=True, repr=False)
class CodeText:
    """A well-formed code: 12 symbols, of which the last checks the others. Shown by :meth:`reveal` only."""

    _symbols: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self._symbols) != SYMBOLS or not set(self._symbols) <= set(ALPHABET):
            raise ParseError(WHAT, f"does not have {SYMBOLS} characters of the alphabet")
        if self._symbols[-1] != _check_symbol(self._symbols[:-1]):
            raise ParseError(WHAT, "is mistyped: its last character does not fit the others")

    def __repr__(self) -> str:
        return "CodeText(hidden)"

    @classmethod
    def generate(cls) -> Self:
        """Draw a new code from the operating system."""
        symbols = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_SYMBOLS))
        return cls(symbols + _check_symbol(symbols))

    @classmethod
    def parse(cls, typed: str) -> Self:
        """Read a code as a person types it: any case, O for 0, I or L for 1, full-width forms, spaces, hyphens.

        Raises :class:`ParseError`, which never shows the code.
        """
        if len(typed) > MAX_TYPED:
            raise ParseError(WHAT, "is too long")
        return cls(typed.translate(_READING))

    def reveal(self) -> str:
        """Return the code for the voter's eyes: three groups of four joined by hyphens."""
        return "-".join(self._symbols[start : start + GROUP] for start in range(0, SYMBOLS, GROUP))

    def digest(self) -> str:
        """Return what the database holds: HMAC-SHA256 under the server's key, in hexadecimal."""
        return _hmac(self._symbols, settings.SECRET_KEY)


def possible_digests(code: CodeText) -> list[str]:
    """Return the digests of ``code`` under the server's key and those it had before (``SECRET_KEY_FALLBACKS``)."""
    symbols = code.reveal().replace("-", "")
    return [_hmac(symbols, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _hmac(symbols: str, server_key: str | bytes) -> str:
    secret = server_key.encode() if isinstance(server_key, str) else server_key
    # A key of its own, so that nothing else that the server's key signs can be taken for a code's digest.
    key = hmac.digest(secret, b"ippyo-registration-code-v1", hashlib.sha256)
    return hmac.new(key, symbols.encode("ascii"), hashlib.sha256).hexdigest()


def _check_symbol(symbols: str) -> str:
    total = sum(place * ALPHABET.index(symbol) for place, symbol in enumerate(symbols, start=1))
    return ALPHABET[total % _PRIME]
