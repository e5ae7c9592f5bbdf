"""Dates of birth as towns' files write them."""

from datetime import date

import pytest

from ippyo.errors import ParseError
from ippyo.identity.person import BirthDate
from ippyo.registry.roll.dates import parse_birth

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "text",
    [
        "1980-01-02",
        "1980/1/2",
        "1980.1.2",
        "1980年1月2日",
        "西暦1980年1月2日",
        "19800102",
        "昭和55年1月2日",
        "昭和５５年０１月０２日",
        "㍼55年1月2日",
        "昭55.1.2",
        "S55.1.2",
        "s55/01/02",
        "S550102",
        "3550102",
        "319800102",
        "019800102",
        " 1980 - 01 - 02 ",
    ],
)
def test_one_day_in_many_ways(text: str) -> None:
    assert parse_birth(text, TODAY) == BirthDate(1980, 1, 2)


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("平成元年1月8日", (1989, 1, 8)),
        ("昭和64年1月7日", (1989, 1, 7)),
        ("大正15年12月25日", (1926, 12, 25)),
        ("昭和1年12月25日", (1926, 12, 25)),
        ("令和2年2月29日", (2020, 2, 29)),
        ("M45.7.30", (1912, 7, 30)),
        ("昭和20年00月00日", (1945, 0, 0)),
        ("1945-03-00", (1945, 3, 0)),
        ("1945-??-??", (1945, 0, 0)),
        ("319450300", (1945, 3, 0)),
        ("19450000", (1945, 0, 0)),
        ("000000000", (0, 0, 0)),
    ],
)
def test_edges_of_eras_and_unknown_parts(text: str, born: tuple[int, int, int]) -> None:
    assert parse_birth(text, TODAY) == BirthDate(*born)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1980-13-01",
        "1980-02-30",
        "1979-02-29",
        "1980-1",
        "80/1/2",
        "昭和65年1月1日",
        "昭和64年1月8日",
        "平成1年1月7日",
        "令和1年4月30日",
        "昭和0年1月1日",
        "S00.1.1",
        "昭和55",
        "2026-11-23",
        "2027-01-00",
        "1867-01-01",
        "6550102",
        "1980-00-05",
        "一九八〇年一月二日",
        "X55.1.2",
        "9" * 5000,
    ],
)
def test_what_is_no_date_of_birth(text: str) -> None:
    with pytest.raises(ParseError):
        parse_birth(text, TODAY)
