"""Results are exact, and published as Japanese offices publish them (R6-02, R6-04)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ippyo import profiles
from ippyo.errors import CheckFailedError, ParseError
from ippyo.poll.contest import Contest
from ippyo.poll.result import ContestResult, cut_decimal, percent, score_mean, scores

MASCOT = profiles.load("residents-poll").contest("mascot")
SCORE = profiles.load("score").contest("mayor-score")
JUDGES = profiles.load("national-review").contest("judges")
PROJECTS = profiles.load("multi-question").contest("projects")


def test_the_published_figures_of_2022() -> None:
    result = ContestResult.from_value(MASCOT, [0, 452, 443, 418, 193], 1506)
    assert [line.percent for line in result.lines()] == ["30.01", "29.41", "27.75", "12.81"]
    assert [line.count for line in result.ranking()] == [452, 443, 418, 193]
    assert (result.blank, result.valid) == (0, 1506)
    assert result.to_value() == [0, 452, 443, 418, 193]


def test_blank_votes_are_no_share_of_the_answers() -> None:
    result = ContestResult(MASCOT, (4, 3, 1, 0, 0), 8)
    assert [line.percent for line in result.lines()] == ["75.00", "25.00", "0.00", "0.00"]
    assert (result.blank, result.valid) == (4, 4)


def test_ties_share_a_rank() -> None:
    ranking = ContestResult(MASCOT, (0, 2, 5, 2, 1), 10).ranking()
    assert [(line.answer.number, line.rank) for line in ranking] == [(2, 1), (1, 2), (3, 2), (4, 4)]


def test_an_empty_box_has_no_shares() -> None:
    result = ContestResult(MASCOT, (0,) * 5, 0)
    assert {line.percent for line in result.lines()} == {None}
    assert score_mean(ContestResult(SCORE, (0,) * 11, 0), range(11)) is None


def test_several_marks_a_ballot() -> None:
    assert ContestResult(JUDGES, (3, 0, 3, 1, 0, 2), 3).blank == 0
    assert ContestResult(PROJECTS, (1, 2, 2, 2, 0, 0, 0, 0), 3).valid == 2


# The counts of 0 and of 70 to 100 are the published ones of 2024. The others were not published; these make the total
# and the mean come out.
COUNTS_2024 = (119, 23, 40, 50, 60, 90, 53, 133, 160, 101, 219)


def test_the_mean_of_2024() -> None:
    values = scores(SCORE)
    assert values == tuple(range(0, 101, 10))
    mean = score_mean(ContestResult(SCORE, COUNTS_2024, 1048), values)
    assert mean == Fraction(65_710, 1048)
    assert cut_decimal(mean, 1) == "62.7"
    assert 20_394_000 * Fraction(cut_decimal(mean, 1)) / 100 == 12_787_038


@pytest.mark.parametrize(
    ("contest", "counts", "ballots", "message"),
    [
        (MASCOT, (0, 1, 0, 0), 1, "4 counts instead of 5"),
        (MASCOT, (0, -1, 1, 1, 0), 1, "negative or above"),
        (MASCOT, (0, 2, 0, 0, 0), 1, "negative or above"),
        (MASCOT, (0, 1, 1, 0, 0), 1, "does not add up to 1"),
        (MASCOT, (0, 1, 0, 0, 0), 2, "does not add up to 2"),
        (MASCOT, (1, 1, 0, 0, 0), 1, "does not add up"),
        (MASCOT, (0,) * 5, -1, "negative or above"),
        (MASCOT, (0, 2**30, 0, 0, 0), 2**30, "negative or above"),
        (PROJECTS, (1, 0, 0, 0, 0, 0, 0, 0), 2, "does not add up"),
        (PROJECTS, (0, 1, 1, 1, 1, 0, 0, 0), 1, "does not add up"),
    ],
)
def test_impossible_counts(contest: Contest, counts: tuple[int, ...], ballots: int, message: str) -> None:
    with pytest.raises(CheckFailedError, match=message):
        ContestResult(contest, counts, ballots)


@pytest.mark.parametrize("value", [None, {}, "0", [0, 1, 0, 0, "0"], [0, True, 0, 0, 0], [0, 1.0, 0, 0, 0]])
def test_other_shapes(value: object) -> None:
    with pytest.raises(ParseError, match="not an array of integers"):
        ContestResult.from_value(MASCOT, value, 1)


def test_means_need_one_answer_a_ballot() -> None:
    with pytest.raises(CheckFailedError, match="one answer a ballot"):
        score_mean(ContestResult(JUDGES, (0,) * 6, 0), range(6))
    assert scores(JUDGES) is None


def test_decimals_are_cut_off() -> None:
    assert cut_decimal(Fraction(2, 3), 2) == "0.66"
    assert cut_decimal(Fraction(199, 100), 0) == "1"
    assert cut_decimal(Fraction(627, 10), 1) == "62.7"
    assert percent(1, 1) == "100.00"
    assert percent(0, 0) is None


def test_a_result_knows_its_mean() -> None:
    assert ContestResult(SCORE, COUNTS_2024, 1048).mean == score_mean(
        ContestResult(SCORE, COUNTS_2024, 1048), range(0, 101, 10)
    )
    assert ContestResult(SCORE, (0,) * 11, 0).mean is None
    assert ContestResult(JUDGES, (0,) * 6, 0).mean is None
