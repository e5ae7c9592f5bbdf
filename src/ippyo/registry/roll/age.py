"""Age as the law counts it (年齢計算ニ関スル法律): a year is full at the end of the eve of the birthday."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from ippyo.identity.person import BirthDate

__all__ = ["is_old_enough", "reaches"]


def reaches(born: date, years: int) -> date:
    """Return the day with whose end somebody born on ``born`` is ``years`` old, and on which that counts already.

    Whoever was born on 29 February reaches a full year on 28 February, in leap years (the eve) as in others (the last
    day of a month that has no such day, Civil Code art. 143).
    """
    try:
        return born.replace(year=born.year + years) - timedelta(days=1)
    except ValueError:
        return date(born.year + years, 2, 28)


def is_old_enough(born: BirthDate, years: int, day: date) -> bool | None:
    """Whether somebody is ``years`` old on ``day``; None where the unknown parts of ``born`` decide."""
    if not born.year:
        return None
    month_first, month_last = (born.month, born.month) if born.month else (1, 12)
    earliest = date(born.year, month_first, born.day or 1)
    latest = date(born.year, month_last, born.day or monthrange(born.year, month_last)[1])
    answers = {reaches(birthday, years) <= day for birthday in (earliest, latest)}
    return answers.pop() if len(answers) == 1 else None
