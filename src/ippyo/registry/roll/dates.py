"""Dates of birth as towns' files write them: Western or by era, with parts that nobody knows."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from ippyo.errors import ParseError
from ippyo.identity.person import BirthDate

__all__ = ["parse_birth"]

WHAT = "date of birth"
EARLIEST_YEAR = 1868

_ERAS = {
    "明治": (date(1868, 1, 25), date(1912, 7, 30)),
    "大正": (date(1912, 7, 30), date(1926, 12, 25)),
    "昭和": (date(1926, 12, 25), date(1989, 1, 7)),
    "平成": (date(1989, 1, 8), date(2019, 4, 30)),
    "令和": (date(2019, 5, 1), date.max),
}
"""First and last day. The first two changes of era fell within a day, which belongs to both eras."""

_SHORT = {
    letter: era
    for letters, era in zip(("M明1", "T大2", "S昭3", "H平4", "R令5"), _ERAS, strict=True)
    for letter in letters
}

_PARTS = r"(?P<month>\d{1,2}|不詳|不明|\?{1,2})[-/.月](?P<day>\d{1,2}|不詳|不明|\?{1,2})日?"
_WESTERN = re.compile(r"(?:西暦)?(?P<year>\d{4})[-/.年]" + _PARTS)
_ERA = re.compile(r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR明大昭平令])(?P<year>\d{1,2}|元)[-/.年]" + _PARTS)
_DIGITS = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)")
_CODED_ERA = re.compile(r"(?P<era>[1-5MTSHR])(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)")
_CODED = re.compile(r"(?P<code>[0-5])(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)")


def parse_birth(text: str, today: date) -> BirthDate:
    """Read a date such as 1980-01-02, 1980/1/2, 19800102, 昭和55年1月2日, S55.1.2, 3550102 or 319800102.

    The two last ones are the era codes of municipal systems (1 明治 to 5 令和; year of the era, or all four digits of
    the Western year as in certificates). Month and day may be 0, 00, 不詳 or ?? where nobody knows them. Raises
    :class:`ParseError` for anything else, a day that the calendar or the era does not have, and a date after ``today``.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).upper().split())
    for pattern in (_WESTERN, _ERA, _DIGITS, _CODED_ERA, _CODED):
        if found := pattern.fullmatch(plain):
            break
    else:
        raise ParseError(WHAT, "is not written in a known way")
    parts = found.groupdict()
    year, era = _year(parts)
    born = BirthDate(year, _part(parts["month"]), _part(parts["day"]))
    if year and not EARLIEST_YEAR <= year <= today.year:
        raise ParseError(WHAT, "is too long ago or in the future")
    if (whole := born.complete) and whole > today:
        raise ParseError(WHAT, "is too long ago or in the future")
    if era:
        _require_in_era(born, era)
    return born


def _year(parts: dict[str, str]) -> tuple[int, str | None]:
    """Return the Western year, and the era if the date names one."""
    short = parts.get("code") or parts.get("era") or "0"
    era = None if short == "0" else _SHORT.get(short, short)
    if parts.get("era") is None or era is None:
        return int(parts["year"]), era
    count = 1 if parts["year"] == "元" else int(parts["year"])
    if not count:
        raise ParseError(WHAT, "has a year that its era does not have")
    return _ERAS[era][0].year + count - 1, era


def _part(digits: str) -> int:
    return int(digits) if digits.isdecimal() else 0


def _require_in_era(born: BirthDate, era: str) -> None:
    first, last = _ERAS[era]
    earliest = (born.year, born.month or 1, born.day or 1)
    latest = (born.year, born.month or 12, born.day or 31)
    if latest < (first.year, first.month, first.day) or earliest > (last.year, last.month, last.day):
        raise ParseError(WHAT, "has a year that its era does not have")
