"""What is shown at the end: each result beside the truth, and the verification of the public record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ippyo.audit.verify import verify
from ippyo.cli.demo.narrator import Narrator
from ippyo.cli.language import say
from ippyo.errors import CheckFailedError
from ippyo.poll.result import ContestResult

__all__ = ["report_verification", "show_result"]


def show_result(narrator: Narrator, result: ContestResult, truth: Sequence[int]) -> None:
    """Print the counts of a contest, their shares of the valid ballots, and the true counts beside them."""
    contest = result.contest
    rows = []
    if contest.blank:
        rows.append([say("白票", "(blank)"), f"{result.blank:,}", "", f"{truth[0]:,}"])
    for line, true_count in zip(result.lines(), truth[contest.blank :], strict=True):
        name = say(line.answer.name.ja, line.answer.name.en)
        rows.append([f"{line.answer.number} {name}", f"{line.count:,}", f"{line.percent} %", f"{true_count:,}"])
    narrator.table(
        say(contest.title.ja, contest.title.en),
        [say("答え", "answer"), say("結果", "result"), say("割合", "share"), say("本当の数", "true count")],
        rows,
        [say("票", "ballots"), f"{result.ballots:,}", "", f"{result.ballots:,}"],
    )


def report_verification(narrator: Narrator, record: Path) -> int:
    """Verify the public record, say what came of it, and return the number of checks.

    Raises :class:`CheckFailedError` if anything failed.
    """
    with narrator.progress("検証", "verified", 1) as ticker:
        del ticker
        report = verify(record)
    failed = sum(check.status != "pass" for check in report.checks)
    for check in report.checks:
        mark = "✓" if check.status == "pass" else "✗"
        narrator.line(
            f"{mark} {check.check.number:>2} {check.check.title.ja} ({check.examined:,})",
            f"{mark} {check.check.number:>2} {check.check.title.en} ({check.examined:,})",
        )
        for finding in check.findings[:3]:
            narrator.line(f"     {finding.problem.ja}", f"     {finding.problem.en}")
    if failed:
        raise CheckFailedError(f"{failed} checks of the record failed")
    return len(report.checks)
