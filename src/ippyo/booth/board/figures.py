"""The figures of the board, from the index: sums and rows that charts, tables and machines share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ippyo.booth.board.index import KINDS, BoardIndex, Tip
from ippyo.contract.poll import Poll
from ippyo.poll.result import ContestResult
from ippyo.poll.text import Text

__all__ = ["Figures", "HourRow", "StyleRow", "read_figures"]

HOUR = 3600
MOST_HOURS = 24 * 31
"""Hours that charts show; a longer poll is shown by its last ones."""


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour (``hour`` in seconds since 1970): first votes by ballot style, and the other counts over all styles."""

    hour: int
    turnout: dict[str, int]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class StyleRow:
    """One ballot style: its title, and the counts over all hours by kind."""

    id: str
    title: Text
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the board's first page shows. ``totals`` counts by kind (:data:`~ippyo.booth.board.index.KINDS`)."""

    tip: Tip
    totals: dict[str, int]
    hours: tuple[HourRow, ...]
    styles: tuple[StyleRow, ...]
    results: tuple[ContestResult, ...]

    def to_value(self) -> dict[str, object]:
        """Return the figures for machines; times in seconds since 1970 but for the block's, in milliseconds."""
        return {
            "height": self.tip.height,
            "size": self.tip.size,
            "time": self.tip.time,
            "phase": self.tip.phase,
            "ballots": self.tip.ballots,
            "totals": self.totals,
            "styles": [{"id": row.id, **row.counts} for row in self.styles],
            "hours": [{"hour": row.hour, "turnout": row.turnout, **row.counts} for row in self.hours],
        }


def read_figures(index: BoardIndex, poll: Poll) -> Figures:
    """Read the figures of the poll."""
    tallies = index.tallies()
    by_hour: Counter[tuple[int, str]] = Counter()
    by_style: Counter[tuple[str, str]] = Counter()
    turnout: Counter[tuple[int, str]] = Counter()
    totals: Counter[str] = Counter()
    for tally in tallies:
        totals[tally.kind] += tally.count
        by_hour[tally.hour, tally.kind] += tally.count
        by_style[tally.style, tally.kind] += tally.count
        if tally.kind == "voter":
            turnout[tally.hour, tally.style] += tally.count
    hours = [
        HourRow(
            hour,
            {style: turnout[hour, style] for style in index.styles},
            {kind: by_hour[hour, kind] for kind in KINDS},
        )
        for hour in _hours({tally.hour for tally in tallies})
    ]
    styles = [
        StyleRow(style.id, style.name, {kind: by_style[style.id, kind] for kind in KINDS})
        for style in poll.manifest.styles
    ]
    return Figures(
        index.tip(),
        {kind: totals[kind] for kind in KINDS},
        tuple(hours),
        tuple(styles),
        tuple(index.results().values()),
    )


def _hours(seen: set[int]) -> list[int]:
    """Return every hour from the first that is shown to the last, also those in which nothing happened."""
    if not seen:
        return []
    last = max(seen)
    return list(range(max(min(seen), last - (MOST_HOURS - 1) * HOUR), last + 1, HOUR))
