"""One row of the file, checked: a person to put on the roll, or everything that is wrong with the row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from ippyo.errors import ParseError
from ippyo.identity.person import MAX_ADDRESS, MAX_NAME, BirthDate
from ippyo.registry.roll.dates import parse_birth
from ippyo.registry.roll.matching import birth_key
from ippyo.registry.roll.models import MAX_ID, Voter
from ippyo.registry.roll.normal import normal_address, normal_name

__all__ = ["NO_GROUPS", "Person", "Reason", "RowProblem", "parse_row", "parse_sex"]


class Reason(StrEnum):
    """What can be wrong with one field of a row."""

    MISSING = "missing"
    TOO_LONG = "too-long"
    CONTROL = "control-character"
    BAD_DATE = "bad-date"
    BAD_SEX = "bad-sex"
    UNKNOWN_STYLE = "unknown-style"
    UNKNOWN_GROUP = "unknown-group"
    COLUMNS = "number-of-columns"
    DUPLICATE_NUMBER = "duplicate-number"
    DUPLICATE_PERSON = "duplicate-person"
    NAMESAKE = "namesake"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong: the line, the column (empty for the whole row) and the reason.

    ``value`` is what stands there: personal data, for the eyes of the clerk who asks for it. ``other`` is the line of
    the first of two duplicates, None when that is on the roll already.
    """

    line: int
    column: str
    reason: Reason
    value: str = field(default="", repr=False)
    other: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """What a good row says."""

    number: str | None
    name: str
    kana: str
    address: str
    sex: str
    born: BirthDate
    district: str
    style: str
    group: str = ""

    def voter(self) -> Voter:
        """Return the row of the roll, not saved."""
        voter = Voter(number=self.number, kana=self.kana, sex=self.sex, district=self.district, style=self.style)
        voter.name, voter.address, voter.group = self.name, self.address, self.group
        voter.birth_key = birth_key(self.born)
        voter.name_key, voter.address_key = normal_name(self.name), normal_address(self.address)
        return voter


_SEXES = {
    Voter.Sex.MALE: "男 男性 1 m male",
    Voter.Sex.FEMALE: "女 女性 2 f female",
    Voter.Sex.OTHER: "その他 other x",
    Voter.Sex.UNKNOWN: "不明 3 9 0 unknown -",
}
_SEX_OF = {word: str(sex) for sex, words in _SEXES.items() for word in words.split()} | {"": "unknown"}

# Controls, halves of surrogate pairs, separators of lines and paragraphs.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_LIMITS = {"number": MAX_ID, "name": MAX_NAME, "kana": MAX_NAME, "address": MAX_ADDRESS, "district": MAX_ID}


NO_GROUPS: Mapping[str, str] = MappingProxyType({})


def parse_sex(text: str) -> str | None:
    """Return the sex that a word or code of a file means (1 男, 2 女, 3, 9 or 0 不明), or None."""
    return _SEX_OF.get(unicodedata.normalize("NFKC", text).strip().lower())


def parse_row(
    line: int,
    row: Sequence[str],
    columns: Mapping[str, int],
    styles: Mapping[str, str],
    today: date,
    groups: Mapping[str, str] = NO_GROUPS,
) -> tuple[Person | None, list[RowProblem]]:
    """Check one row. ``styles`` gives the ballot style of each label; without the column there is but one style.

    ``groups`` gives the group of each label of 申請区分; where there are none, that column is not read. Returns the
    person, or None and all that is wrong.
    """
    if len(row) <= max(columns.values()):
        return None, [RowProblem(line, "", Reason.COLUMNS)]
    fields = {column: row[position].strip() for column, position in columns.items()}
    problems: list[RowProblem] = []

    def wrong(column: str, reason: Reason) -> None:
        problems.append(RowProblem(line, column, reason, fields.get(column, "")))

    for column, value in fields.items():
        if column in {"name", "address", "born", "style"} and not value:
            wrong(column, Reason.MISSING)
        elif len(value) > _LIMITS.get(column, MAX_NAME):
            wrong(column, Reason.TOO_LONG)
        elif _CONTROL.search(value):
            wrong(column, Reason.CONTROL)
    sex = parse_sex(fields.get("sex", ""))
    if sex is None:
        wrong("sex", Reason.BAD_SEX)
    style = styles.get(fields["style"]) if "style" in fields else next(iter(styles.values()))
    if style is None and fields["style"]:
        wrong("style", Reason.UNKNOWN_STYLE)
    group = fields.get("group", "") if groups else ""
    if group and group not in groups:
        wrong("group", Reason.UNKNOWN_GROUP)
    born = _born(fields["born"], today)
    if born is None and fields["born"]:
        wrong("born", Reason.BAD_DATE)
    for column, normal in (("name", normal_name), ("address", normal_address)):
        value = fields[column]
        # What evens out to nothing shows nobody; what grows beyond the column cannot be kept.
        if value and not problems and not 1 <= len(normal(value)) <= 2 * _LIMITS[column]:
            wrong(column, Reason.TOO_LONG if normal(value) else Reason.MISSING)
    if problems or sex is None or style is None or born is None:
        return None, problems
    person = Person(
        number=fields.get("number") or None,
        name=fields["name"],
        kana=fields.get("kana", ""),
        address=fields["address"],
        sex=sex,
        born=born,
        district=fields.get("district", ""),
        style=style,
        group=groups.get(group, ""),
    )
    return person, []


def _born(text: str, today: date) -> BirthDate | None:
    try:
        return parse_birth(text, today)
    except ParseError:
        return None
