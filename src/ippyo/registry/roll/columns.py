"""Which column of a town's file is which: by the usual headings, or as the clerk says."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from ippyo.errors import InputError
from ippyo.files import read_limited

__all__ = ["COLUMNS", "find_columns", "read_mapping"]

COLUMNS = ("number", "name", "kana", "address", "sex", "born", "district", "style", "group")
"""What a row can tell. In Japanese: 名簿番号・氏名・カナ・住所・性別・生年月日・投票区・対象区分・申請区分."""

_NEEDED = ("name", "address", "born")

_HEADINGS: Mapping[str, str] = {
    "number": "名簿番号 名簿登録番号 登録番号 整理番号 番号 宛名番号 number",
    "name": "氏名 名前 漢字氏名 氏名漢字 選挙人氏名 有権者氏名 name",
    "kana": "カナ フリガナ ふりがな カナ氏名 氏名カナ 氏名フリガナ 氏名ふりがな kana",
    "address": "住所 現住所 住所地 address",
    "sex": "性別 性別コード sex gender",
    "born": "生年月日 生年月日西暦 生年月日和暦 誕生日 birth birthdate dateofbirth",
    "district": "投票区 投票区名 投票区番号 投票区コード district precinct",
    "style": "対象区分 区分 対象 style ballotstyle",
    "group": "申請区分 group applicantgroup",
}
_KNOWN = {heading: column for column, headings in _HEADINGS.items() for heading in headings.split()}

_MAPPING_LIMIT = 64 * 1024
_IDLE = str.maketrans("", "", " _-・()[]「」:/")


def find_columns(header: Sequence[str], mapping: Mapping[str, str], *, style_needed: bool) -> dict[str, int]:
    """Return the position of each column that ``header`` has.

    ``mapping`` names the heading of a column where the usual ones do not fit. Raises :class:`InputError` when a needed
    column is missing, two headings mean the same one, or the mapping names what is not there.
    """
    found: dict[str, int] = {}
    plain = [_plain(heading) for heading in header]
    for column, heading in mapping.items():
        if column not in COLUMNS:
            raise InputError(f"the mapping names the column {column!r}; the columns are {', '.join(COLUMNS)}")
        if plain.count(_plain(heading)) != 1:
            raise InputError(f"the mapping's heading for {column} does not stand exactly once in the file's first line")
        found[column] = plain.index(_plain(heading))
    taken = set(found.values())
    for position, heading in enumerate(plain):
        known = _KNOWN.get(heading)
        if known is None or known in mapping or position in taken:
            continue
        if known in found:
            raise InputError(f"two columns of the file look like {known}; say which with a mapping")
        found[known] = position
    for needed in (*_NEEDED, *(("style",) if style_needed else ())):
        if needed not in found:
            raise InputError(
                f"the file's first line has no heading for {needed}; say which column it is with a mapping"
            )
    return found


def read_mapping(path: Path) -> dict[str, str]:
    """Read a mapping file: TOML lines such as ``name = "選挙人名"``. Raises :class:`InputError`."""
    try:
        tree = tomllib.loads(read_limited(path, _MAPPING_LIMIT, "column mapping").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise InputError(f'{path}: is no column mapping; write lines such as name = "氏名"') from None
    if not all(isinstance(heading, str) for heading in tree.values()):
        raise InputError(f'{path}: is no column mapping; write lines such as name = "氏名"')
    return tree


def _plain(heading: str) -> str:
    return "".join(unicodedata.normalize("NFKC", heading).split()).translate(_IDLE).lower()
