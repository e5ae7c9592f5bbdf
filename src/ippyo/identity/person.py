"""The basic four data (基本4情報) as a certificate or デジタル認証 states them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from ippyo.errors import ParseError

__all__ = ["SEXES", "SEX_BY_CODE", "BasicData", "BirthDate", "sex_code"]

SEXES = ("male", "female", "other", "unknown")

SEX_BY_CODE: Mapping[str, str] = MappingProxyType({"1": "male", "2": "female", "3": "unknown", "9": "unknown"})
"""How a card and its certificate write it; 不明 is 3 by the certificates' profile, and 9 was reported, too."""

MAX_NAME = 200
MAX_ADDRESS = 400


@dataclass(frozen=True, slots=True, repr=False)
class BirthDate:
    """A date of birth in the Gregorian calendar.

    Registers hold dates in part: month and day are 0 where unknown, and the year, too, when nothing is known.
    """

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        complete = self.year and self.month and self.day
        try:
            date(self.year or 2000, self.month or 1, self.day or 1)
        except (ValueError, OverflowError):
            raise ParseError("date of birth", "is no date of the calendar") from None
        if not complete and self.day and not self.month:
            raise ParseError("date of birth", "has a day without a month")

    def __repr__(self) -> str:
        return "BirthDate(hidden)"

    @property
    def complete(self) -> date | None:
        """The whole date, or None when a part is unknown."""
        return date(self.year, self.month, self.day) if self.year and self.month and self.day else None


@dataclass(frozen=True, slots=True, repr=False)
class BasicData:
    """Name, address, sex and date of birth.

    ``name_substitutes`` and ``address_substitutes`` are the flags of the certificate (代替文字位置), one ``0`` or ``1``
    for each character of name and address: ``1`` marks a character that is not the one in the resident register, for
    certificates hold common characters only. Empty where the source has no flags.
    """

    name: str = field(repr=False)
    address: str = field(repr=False)
    sex: str
    born: BirthDate
    name_substitutes: str = ""
    address_substitutes: str = ""

    def __post_init__(self) -> None:
        for what, text, flags, most in (
            ("name", self.name, self.name_substitutes, MAX_NAME),
            ("address", self.address, self.address_substitutes, MAX_ADDRESS),
        ):
            if not 1 <= len(text) <= most:
                raise ParseError(f"basic data: {what}", f"does not have 1 to {most} characters")
            if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
                raise ParseError(f"basic data: {what}", "holds a control character")
            if flags and (len(flags) != len(text) or set(flags) - {"0", "1"}):
                raise ParseError(f"basic data: {what}", "its flags are not one 0 or 1 for each character")
        if self.sex not in SEXES:
            raise ParseError("basic data: sex", f"is not one of {', '.join(SEXES)}")

    def __repr__(self) -> str:
        return "BasicData(hidden)"


def sex_code(sex: str) -> str:
    """Return the code of :data:`SEX_BY_CODE` for a sex; cards have none of its own for ``other``."""
    return {"male": "1", "female": "2"}.get(sex, "3")
