"""The people of a CSV file (氏名, 住所, 性別, 生年月日 as 1990-01-31), for whom virtual cards are to be made.

A plain reader for invented people; a town's real file goes through ``ippyo.registry.roll``.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

from ippyo.errors import InputError, ParseError
from ippyo.files import read_limited
from ippyo.identity.person import BasicData, BirthDate

__all__ = ["parse_birth", "parse_sex", "read_people"]

_LIMIT = 64 * 1024 * 1024
_COLUMNS = ("氏名", "住所", "性別", "生年月日")
_SEXES: Final = {"男": "male", "女": "female", "1": "male", "2": "female", "male": "male", "female": "female"}
_BORN = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")


def read_people(path: Path) -> list[BasicData]:
    """Return the people of a UTF-8 file, in its order. Raises :class:`InputError`, naming the line."""
    try:
        text = read_limited(path, _LIMIT, "roll").decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise InputError(f"{path}: lacks the column {missing[0]}")
        return [_person(row, f"{path}:{rows.line_num}") for row in rows]
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path}: is not a CSV file in UTF-8") from None


def _person(row: dict[str, str | None], place: str) -> BasicData:
    name, address, sex, born = (row[column] or "" for column in _COLUMNS)
    try:
        return BasicData(name, address, parse_sex(sex), parse_birth(born))
    except ParseError as error:
        raise InputError(f"{place}: {error}") from None


def parse_sex(text: str) -> str:
    """Return the sex that a roll's 男, 女 or code means; ``unknown`` for all else."""
    return _SEXES.get(text.strip(), "unknown")


def parse_birth(text: str) -> BirthDate:
    """Decode year, month and day, with ``-`` or ``/`` between; 0 for an unknown part. Raises :class:`ParseError`."""
    found = _BORN.fullmatch(text.strip())
    if not found:
        raise ParseError("date of birth", "is not written as 1990-01-31")
    return BirthDate(*map(int, found.groups()))
