"""What is shown at the end: each result beside the truth, and the verification of the public record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ippyo.audit.verify import verify
from ippyo.cli.demo.narrator import Narrator
from ippyo.cli.language import say, spoken
from ippyo.cli.verify import progress_bar, show
from ippyo.errors import CheckFailedError
from ippyo.poll.result import ContestResult

__all__ = ["report_verification", "show_result"]


def show_result(narrator: Narrator, result: ContestResult, truth: Sequence[int], cast: int) -> None:
    """Print the counts of a contest, their shares of the valid ballots, and the true counts beside them.

    ``cast`` is the number of voters who took part in the contest.
    """
    contest = result.contest
    rows = []
    for line, true_count in zip(result.lines(), truth[contest.blank :], strict=True):
        name = spoken(line.answer.name)
        share = f"{line.percent} %" if line.percent else "–"
        rows.append([f"{line.answer.number}. {name}", f"{line.count:,}", share, f"{true_count:,}"])
    if contest.blank:
        rows.append([say("白票", "(blank)"), f"{result.blank:,}", "", f"{truth[0]:,}"])
    narrator.table(
        spoken(contest.title),
        [say("答え", "answer"), say("結果", "result"), say("割合", "share"), say("本当の数", "true count")],
        rows,
        [say("票", "ballots"), f"{result.ballots:,}", "", f"{cast:,}"],
    )


def report_verification(record: Path) -> int:
    """Verify the public record as anybody would, show the report, and return the number of checks.

    Raises :class:`CheckFailedError` if anything failed.
    """
    with progress_bar(shown=True) as progress:
        report = verify(record, progress=progress)
    show(report)
    if not report.ok:
        raise CheckFailedError(f"the record {record} does not verify")
    return len(report.checks)
