"""``ippyo verify``: a record is executed again from genesis to result, and every check reported (docs/checks.md).

Worker processes look at transactions each by itself, while this one follows the chain and executes them in order; then
workers multiply the ballots that count. Memory does not grow with the record.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ippyo.audit.checkpoint import check_checkpoint
from ippyo.audit.checks import Check
from ippyo.audit.count import check_counts
from ippyo.audit.execution import Execution
from ippyo.audit.files import RecordFiles
from ippyo.audit.foundation import read_foundation
from ippyo.audit.reading import Bar, first_reading, only_form, second_reading
from ippyo.audit.report import ContestCounts, Findings, Report, Where
from ippyo.audit.scratch import Scratch
from ippyo.audit.workers import Workers
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.record import RecordReader
from ippyo.poll.text import Text

__all__ = ["Progress", "verify"]

Progress = Callable[[int, int], None]
"""Is told how many bytes of transactions have been worked through, and of how many, both readings together."""

_WORTH_A_PROCESS: Final = 512 * 1024
"""Bytes of transactions for which starting one more process pays."""


def verify(
    path: Path, *, workers: int | None = None, unfinished: bool = False, progress: Progress | None = None
) -> Report:
    """Verify the record in the folder ``path``.

    ``workers`` is the number of processes, all cores unless given. ``unfinished`` accepts a poll that is not counted
    yet. Raises :class:`~ippyo.errors.InputError` only when there is no such folder or no room for a temporary file:
    whatever is wrong with the record is in the report.
    """
    started = time.monotonic()
    findings = Findings()
    files = RecordFiles(path, findings)
    foundation = read_foundation(files, findings)
    phase: str | None = None
    results: tuple[ContestCounts, ...] = ()
    transactions = 0
    if foundation.facts is None:
        only_form(files)
    else:
        poll = foundation.poll if _is_of_this_chain(path, foundation.facts, findings) else None
        size = files.transaction_bytes()
        bar = Bar(progress, 2 * size)
        with Workers(workers or _sensible(size), poll) as pool, Scratch() as scratch:
            execution = Execution(poll, scratch, findings) if poll else None
            frontier = first_reading(files, foundation.facts, pool, execution, findings, bar)
            transactions = frontier.size
            check_checkpoint(files.checkpoint(), foundation.facts, frontier, findings)
            if poll and execution:
                phase = execution.books.phase
                if execution.published:
                    products = second_reading(files, poll, pool, execution, bar)
                    results = check_counts(poll, products, execution.published, findings)
                _check_completeness(phase, findings, unfinished=unfinished)
    return Report(
        poll=foundation.genesis.fingerprint if foundation.genesis else None,
        title=foundation.manifest.title if foundation.manifest else None,
        phase=phase,
        transactions=transactions,
        unfinished=unfinished,
        checks=findings.reports(),
        results=results,
        seconds=time.monotonic() - started,
    )


def _sensible(size: int) -> int:
    return min(os.cpu_count() or 1, 1 + size // _WORTH_A_PROCESS)


def _is_of_this_chain(path: Path, facts: LedgerFacts, findings: Findings) -> bool:
    """Check that some block names the poll of genesis. If none does, saying so is enough: nothing else can be true."""
    first: str | None = None
    for _, signed in RecordReader(path).headers():
        if signed.header.poll == facts.poll:
            return True
        first = first or signed.header.poll
    if first is not None:
        problem = Text(
            f"起点の指紋は {facts.poll} ですが、ブロックは投票 {first} のものです。",
            f"has the fingerprint {facts.poll}; the blocks are of the poll {first}",
        )
        findings.fail(Check.GENESIS, problem, Where(file="genesis.json"))
    return first is None


def _check_completeness(phase: str, findings: Findings, *, unfinished: bool) -> None:
    if phase != "counted" and unfinished:
        return
    findings.examined(Check.COMPLETENESS)
    if phase != "counted":
        problem = Text(
            f"まだ開票が終わっていません（段階: {phase}）。途中の記録を調べるときは --unfinished を付けてください。",
            f"the poll is not counted yet (phase: {phase}); to look at a record on the way, use --unfinished",
        )
        findings.fail(Check.COMPLETENESS, problem)
