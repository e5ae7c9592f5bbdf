"""``ippyo verify``: a record is executed again from genesis to result, and every check reported (docs/checks.md).

Worker processes look at transactions each by itself, while this one follows the chain and executes them in order; then
workers multiply the ballots that count. Memory does not grow with the record.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ippyo.audit.checkpoint import KeptCheckpoint, check_checkpoint, check_kept
from ippyo.audit.checks import Check
from ippyo.audit.count import check_counts
from ippyo.audit.execution import Execution
from ippyo.audit.files import RecordFiles
from ippyo.audit.foundation import Foundation, read_foundation
from ippyo.audit.reading import Bar, first_reading, only_form, second_reading
from ippyo.audit.report import ContestCounts, Cosigned, Findings, Report, Where
from ippyo.audit.scratch import Scratch
from ippyo.audit.workers import Workers
from ippyo.canonical import unb64
from ippyo.errors import InputError, ParseError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.record import RecordReader
from ippyo.poll.text import Text

__all__ = ["Progress", "verify"]

Progress = Callable[[int, int], None]
"""Is told how many bytes of transactions have been worked through, and of how many, both readings together."""

_WORTH_A_PROCESS: Final = 512 * 1024
"""Bytes of transactions for which starting one more process pays."""


def verify(
    path: Path,
    *,
    workers: int | None = None,
    unfinished: bool = False,
    progress: Progress | None = None,
    poll: str | None = None,
    checkpoints: Sequence[Path] = (),
) -> Report:
    """Verify the record in the folder ``path``.

    ``workers`` is the number of processes, all cores unless given. ``unfinished`` accepts a poll that is not counted
    yet. What is known from elsewhere: ``poll`` is the fingerprint that it must have, ``checkpoints`` are files with
    checkpoints or receipts of the same ledger.

    Raises :class:`~ippyo.errors.InputError` only when there is no such folder or no room for a temporary file, or for
    what is known from elsewhere: whatever is wrong with the record is in the report.
    """
    if poll is not None:
        _require_fingerprint(poll)
    kept = [KeptCheckpoint.read(file) for file in checkpoints]
    started = time.monotonic()
    findings = Findings()
    files = RecordFiles(path, findings)
    foundation = read_foundation(files, findings)
    _check_expected(poll, foundation, findings)
    phase: str | None = None
    cosigned: Cosigned | None = None
    results: tuple[ContestCounts, ...] = ()
    transactions = 0
    if foundation.facts is None:
        only_form(files)
    else:
        facts = foundation.facts
        whole = foundation.poll if _is_of_this_chain(path, facts, findings) else None
        size = files.transaction_bytes()
        bar = Bar(progress, 2 * size)
        with Workers(workers or _sensible(size), whole) as pool, Scratch() as scratch:
            execution = Execution(whole, scratch, findings) if whole else None
            sizes = {one.signed.checkpoint.size for one in kept}
            grown = first_reading(files, facts, pool, execution, findings, bar, sizes)
            transactions = grown.frontier.size
            cosigned = check_checkpoint(files.checkpoint(), facts, grown, findings)
            check_kept(kept, facts, grown, findings)
            if whole and execution:
                phase = execution.books.phase
                if execution.published:
                    products = second_reading(files, whole, pool, execution, bar)
                    if products is not None:
                        results = check_counts(whole, products, execution.published, findings)
                _check_completeness(phase, findings, unfinished=unfinished)
    return Report(
        poll=foundation.genesis.fingerprint if foundation.genesis else None,
        title=foundation.manifest.title if foundation.manifest else None,
        phase=phase,
        transactions=transactions,
        unfinished=unfinished,
        checks=findings.reports(),
        results=results,
        cosigned=cosigned,
        seconds=time.monotonic() - started,
    )


def _require_fingerprint(poll: str) -> None:
    try:
        unb64(poll, what="fingerprint", length=32)
    except ParseError:
        raise InputError(f"{poll!r} is not the fingerprint of a poll, which has 43 characters") from None


def _check_expected(poll: str | None, foundation: Foundation, findings: Findings) -> None:
    if poll is None or foundation.genesis is None or foundation.genesis.fingerprint == poll:
        return
    problem = Text(
        f"はじめの設定（genesis）の指紋は {foundation.genesis.fingerprint} です。{poll} のはずです。",
        f"has the fingerprint {foundation.genesis.fingerprint}; {poll} was expected",
    )
    findings.fail(Check.GENESIS, problem, Where(file="genesis.json"))


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
            f"はじめの設定（genesis）の指紋は {facts.poll} ですが、ブロックは投票 {first} のものです。",
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
