"""Reading the people for whom virtual cards are made."""

from __future__ import annotations

from pathlib import Path

import pytest

from ippyo.errors import InputError, ParseError
from ippyo.identity.person import BirthDate
from ippyo.identity.simulated.jlis_roll import parse_birth, parse_sex, read_people

HEADER = "氏名,カナ,住所,性別,生年月日\n"


def test_people_in_their_order(tmp_path: Path) -> None:
    roll = tmp_path / "roll.csv"
    roll.write_text(f"\ufeff{HEADER}一票　花子,イッピョウ,見本県,女,1990-03-04\n一票　太郎,,見本県,？,1930/0/0\n")
    first, second = read_people(roll)
    assert (first.name, first.sex, first.born) == ("一票　花子", "female", BirthDate(1990, 3, 4))
    assert (second.sex, second.born) == ("unknown", BirthDate(1930, 0, 0))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "lacks the column 氏名"),
        ("氏名,住所,性別\n", "lacks the column 生年月日"),
        (f"{HEADER}花子,,見本県,女,平成2年\n", r"roll\.csv:2: date of birth"),
        (f"{HEADER}花子\n", r"roll\.csv:2"),
        (f'{HEADER}"花子', "not a CSV file"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, problem: str) -> None:
    roll = tmp_path / "roll.csv"
    roll.write_text(content)
    with pytest.raises(InputError, match=problem) as caught:
        read_people(roll)
    assert "花子" not in str(caught.value)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    roll = tmp_path / "roll.csv"
    roll.write_bytes(HEADER.encode("cp932"))
    with pytest.raises(InputError, match="UTF-8"):
        read_people(roll)


def test_sexes_and_dates() -> None:
    assert [parse_sex(text) for text in ("男", " 2 ", "female", "")] == ["male", "female", "female", "unknown"]
    for text in ("1990-3", "1990-13-01", "1990-02-30"):
        with pytest.raises(ParseError):
            parse_birth(text)
