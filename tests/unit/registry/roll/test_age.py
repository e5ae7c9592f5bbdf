"""A year is full with the end of the eve of the birthday."""

from datetime import date

import pytest

from ippyo.identity.person import BirthDate
from ippyo.registry.roll.age import is_old_enough, reaches


@pytest.mark.parametrize(
    ("born", "years", "day"),
    [
        (date(2008, 4, 1), 18, date(2026, 3, 31)),
        (date(2008, 1, 1), 18, date(2025, 12, 31)),
        (date(2008, 2, 29), 18, date(2026, 2, 28)),
        (date(2008, 2, 29), 20, date(2028, 2, 28)),
        (date(2008, 3, 1), 18, date(2026, 2, 28)),
        (date(2008, 3, 1), 20, date(2028, 2, 29)),
        (date(2008, 4, 1), 0, date(2008, 3, 31)),
    ],
)
def test_the_day_on_which_an_age_is_reached(born: date, years: int, day: date) -> None:
    assert reaches(born, years) == day


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ((2008, 11, 23), True),
        ((2008, 11, 24), False),
        ((2008, 11, 0), None),
        ((2008, 10, 0), True),
        ((2008, 12, 0), False),
        ((2008, 0, 0), None),
        ((2007, 0, 0), True),
        ((2009, 0, 0), False),
        ((2009, 1, 0), False),
        ((0, 0, 0), None),
    ],
)
def test_eighteen_on_the_last_day(born: tuple[int, int, int], expected: bool | None) -> None:
    assert is_old_enough(BirthDate(*born), 18, date(2026, 11, 22)) is expected
