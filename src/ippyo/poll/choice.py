"""What a voter chose, checked against the contest before it is sealed."""

from __future__ import annotations

from enum import Enum

from ippyo.errors import InputError
from ippyo.poll.contest import Contest

__all__ = ["BLANK", "Blank", "Choice", "ChoiceError", "OverVoteError", "UnderVoteError", "plaintexts"]


class Blank(Enum):
    """The type of :data:`BLANK`, the blank vote (白票)."""

    BLANK = "blank"


BLANK = Blank.BLANK

Choice = tuple[int, ...] | Blank
"""0 or 1 for every answer in ballot order, or :data:`BLANK`."""


class ChoiceError(InputError):
    """The choice does not fit the contest. The message never tells what was chosen."""


class OverVoteError(ChoiceError):
    """More answers are marked than the contest allows."""


class UnderVoteError(ChoiceError):
    """Fewer answers are marked than the contest asks for."""


def plaintexts(contest: Contest, choice: Choice) -> tuple[int, ...]:
    """Return the 0/1 values that a ballot seals: the blank mark first where blank is allowed, then one per answer.

    Raises :class:`ChoiceError` or one of its kinds, in plain words.
    """
    if isinstance(choice, Blank):
        if not contest.blank:
            raise ChoiceError("A blank vote is not possible in this contest; choose an answer.")
        return (1, *(0 for _ in contest.answers))
    if len(choice) != len(contest.answers):
        raise ChoiceError(f"The choice has {len(choice)} marks for {len(contest.answers)} answers.")
    if any(type(mark) is not int or mark not in {0, 1} for mark in choice):
        raise ChoiceError("Each answer is either chosen (1) or not (0).")
    marked = sum(choice)
    if marked > contest.max:
        raise OverVoteError(f"More answers are chosen than allowed; choose at most {contest.max}.")
    if marked < contest.min:
        blank = ", or cast a blank vote" if contest.blank else ""
        raise UnderVoteError(f"Too few answers are chosen; choose at least {contest.min}{blank}.")
    return (0, *choice) if contest.blank else tuple(choice)
