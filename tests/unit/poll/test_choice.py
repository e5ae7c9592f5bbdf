"""A choice is checked before it is sealed."""

from __future__ import annotations

import pytest

from ippyo.poll.choice import BLANK, Choice, ChoiceError, OverVoteError, UnderVoteError, plaintexts
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.text import Text


def contest(least: int = 1, most: int = 2, *, blank: bool = True) -> Contest:
    words = Text("言葉", "Words")
    answers = tuple(Answer(f"a{number}", number, words) for number in (1, 2, 3))
    return Contest("c", "choose", words, None, least, most, blank, "homomorphic", answers)


@pytest.mark.parametrize(
    ("choice", "blank", "sealed"),
    [
        ((1, 0, 0), True, (0, 1, 0, 0)),
        ((0, 1, 1), True, (0, 0, 1, 1)),
        (BLANK, True, (1, 0, 0, 0)),
        ((0, 1, 1), False, (0, 1, 1)),
    ],
)
def test_the_blank_mark_comes_first(choice: Choice, blank: bool, sealed: tuple[int, ...]) -> None:
    assert plaintexts(contest(blank=blank), choice) == sealed


def test_no_mark_is_a_vote_where_none_is_needed() -> None:
    assert plaintexts(contest(0), (0, 0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("choice", "blank", "error", "message"),
    [
        ((1, 1, 1), True, OverVoteError, "choose at most 2"),
        ((0, 0, 0), True, UnderVoteError, "choose at least 1, or cast a blank vote"),
        ((0, 0, 0), False, UnderVoteError, r"choose at least 1\."),
        (BLANK, False, ChoiceError, "blank vote is not possible"),
        ((1, 0), True, ChoiceError, "2 marks for 3 answers"),
        ((2, 0, 0), True, ChoiceError, "either chosen"),
        ((-1, 1, 1), True, ChoiceError, "either chosen"),
        ((True, 0, 0), True, ChoiceError, "either chosen"),
    ],
)
def test_other_choices_are_refused(choice: Choice, blank: bool, error: type[ChoiceError], message: str) -> None:
    with pytest.raises(error, match=message):
        plaintexts(contest(blank=blank), choice)
