"""The result of a contest: counts with names, shares, ranks and means, all in exact integers.

Shares are cut off after the second decimal, not rounded, as Japanese election offices publish them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ippyo.errors import CheckFailedError, ParseError
from ippyo.poll.contest import Answer, Contest
from ippyo.poll.rules import shown

__all__ = ["COUNT_LIMIT", "AnswerResult", "ContestResult", "cut_decimal", "percent", "score_mean", "scores"]

COUNT_LIMIT = 2**30 - 1
"""The highest count: above it the record format changes the notation."""

_SCORE_ID = re.compile(r"score-(0|[1-9][0-9]{0,5})")


def cut_decimal(value: Fraction, places: int) -> str:
    """Return a non-negative ``value`` in decimals, cut off (not rounded) after ``places``."""
    scale = 10**places
    whole, rest = divmod(value.numerator * scale // value.denominator, scale)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)


def percent(count: int, total: int) -> str | None:
    """Return 100·count/total with two decimals, the third cut off; ``None`` when there is nothing to share."""
    return cut_decimal(Fraction(100 * count, total), 2) if total else None


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """One line of a result: ``rank`` counts from 1, and answers with equal counts share it."""

    answer: Answer
    count: int
    percent: str | None
    rank: int


@dataclass(frozen=True, slots=True)
class ContestResult:
    """``counts`` in ballot order, the blank count first where blank is allowed, out of ``ballots`` counted ballots."""

    contest: Contest
    counts: tuple[int, ...]
    ballots: int

    def __post_init__(self) -> None:
        """Refuse counts that no set of valid ballots can give (:class:`ippyo.errors.CheckFailedError`)."""
        what = f"The result of contest {shown(self.contest.id)}"
        if len(self.counts) != self.contest.choices:
            raise CheckFailedError(f"{what} has {len(self.counts)} counts instead of {self.contest.choices}.")
        if not 0 <= self.ballots <= COUNT_LIMIT or not all(0 <= count <= self.ballots for count in self.counts):
            raise CheckFailedError(f"{what} has a count that is negative or above the number of ballots.")
        if not self.contest.min * self.valid <= sum(self.answer_counts) <= self.contest.max * self.valid:
            raise CheckFailedError(f"{what} does not add up to {self.ballots} ballots.")

    @property
    def blank(self) -> int:
        """Blank ballots (白票); 0 where the contest has none."""
        return self.counts[0] if self.contest.blank else 0

    @property
    def valid(self) -> int:
        """Ballots that are not blank (有効投票): what shares are shares of."""
        return self.ballots - self.blank

    @property
    def answer_counts(self) -> tuple[int, ...]:
        """The counts of the answers, without the blank one."""
        return self.counts[1:] if self.contest.blank else self.counts

    @property
    def mean(self) -> Fraction | None:
        """The exact mean of a contest of scores, one a ballot; None of any other, or when nobody gave a score."""
        values = scores(self.contest)
        one = (self.contest.min, self.contest.max) == (1, 1)
        return score_mean(self, values) if values is not None and one else None

    def lines(self) -> tuple[AnswerResult, ...]:
        """Return the answers in ballot order with count, share of the valid ballots, and rank."""
        counts = self.answer_counts
        return tuple(
            AnswerResult(
                answer=answer,
                count=count,
                percent=percent(count, self.valid),
                rank=1 + sum(other > count for other in counts),
            )
            for answer, count in zip(self.contest.answers, counts, strict=True)
        )

    def ranking(self) -> tuple[AnswerResult, ...]:
        """Return the answers from most to fewest; ties stay in ballot order and have the same rank (1, 1, 3)."""
        return tuple(sorted(self.lines(), key=lambda row: row.rank))

    @classmethod
    def from_value(cls, contest: Contest, value: object, ballots: int) -> ContestResult:
        """Read ``[count..]`` of a ``result`` transaction; ``ballots`` is ``num_tallied`` of the tally.

        Raises :class:`ippyo.errors.ParseError` for another shape, :class:`ippyo.errors.CheckFailedError` for counts
        that cannot be.
        """
        what = f"result of contest {shown(contest.id)}"
        if not isinstance(value, list) or any(type(count) is not int for count in value):
            raise ParseError(what, "is not an array of integers")
        return cls(contest, tuple(value), ballots)

    def to_value(self) -> list[int]:
        """Return ``[count..]``."""
        return list(self.counts)


def scores(contest: Contest) -> tuple[int, ...] | None:
    """Return the score each answer stands for, when every answer's id is ``score-`` and a number; else ``None``."""
    found = [_SCORE_ID.fullmatch(answer.id) for answer in contest.answers]
    return tuple(int(match[1]) for match in found if match) if all(found) else None


def score_mean(result: ContestResult, values: Sequence[int]) -> Fraction | None:
    """Return the exact mean of the scores ``values`` (one per answer) over the valid ballots, each of which marks one.

    ``None`` when nobody gave a score. Raises :class:`ippyo.errors.CheckFailedError` if the contest lets a ballot
    mark none or several.
    """
    if (result.contest.min, result.contest.max) != (1, 1):
        raise CheckFailedError(f"A mean needs a contest with one answer a ballot, not {shown(result.contest.id)}.")
    total = sum(value * count for value, count in zip(values, result.answer_counts, strict=True))
    return Fraction(total, result.valid) if result.valid else None
