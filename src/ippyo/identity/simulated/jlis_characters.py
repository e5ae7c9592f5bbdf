"""Which characters certificates can hold, and the flags for the others (代替文字)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ippyo.identity.person import BasicData

__all__ = ["GETA", "writable"]

GETA = "〓"
"""Stands for a character that certificates cannot hold, where no similar one is given."""


def writable(person: BasicData, similar: Mapping[str, str] = MappingProxyType({})) -> BasicData:
    """Return the data as a certificate holds them: characters of JIS X 0208 and 0212 only, and flags for the others.

    ``similar`` maps a character to the one written instead; without an entry it is 〓. Selectors of variants go, and
    leave a flag with their character.
    """
    name, name_flags = _writable(person.name, similar)
    address, address_flags = _writable(person.address, similar)
    return BasicData(name, address, person.sex, person.born, name_flags, address_flags)


def _writable(text: str, similar: Mapping[str, str]) -> tuple[str, str]:
    characters: list[str] = []
    flags: list[str] = []
    for character in text:
        if characters and (0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF):
            flags[-1] = "1"
            continue
        known = _in_jis(character)
        characters.append(character if known else similar.get(character, GETA))
        flags.append("0" if known else "1")
    return "".join(characters), "".join(flags)


def _in_jis(character: str) -> bool:
    try:
        # Python's EUC-JP is ASCII, JIS X 0201's kana, JIS X 0208 and JIS X 0212.
        character.encode("euc_jp")
    except UnicodeEncodeError:
        return False
    return True
