"""The invented town of the demonstration."""

from __future__ import annotations

import csv
import io

from ippyo.cli.demo.town import make_roll, roll_csv


def test_nobody_has_the_name_and_birthday_of_somebody_else() -> None:
    # Without care about 40 of so many would: a registry imports no such roll without a clerk's word.
    roll = make_roll(18_593, ["all"])
    assert len({(person.name, person.born) for person in roll}) == len(roll)


def test_the_same_size_is_the_same_town() -> None:
    rows = list(csv.DictReader(io.StringIO(roll_csv(make_roll(5, ["a", "b"])))))
    assert rows == list(csv.DictReader(io.StringIO(roll_csv(make_roll(5, ["a", "b"])))))
    assert [row["名簿番号"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["対象区分"] for row in rows] == ["a", "b", "a", "b", "a"]
