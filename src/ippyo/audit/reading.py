"""The two readings of a record: in the first it is executed, in the second the ballots that count are multiplied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ippyo.audit.chain import ChainCheck
from ippyo.audit.checks import Check
from ippyo.audit.examine import Examined, chunks, examine, place_of
from ippyo.audit.execution import Execution, Tree
from ippyo.audit.files import RecordFiles
from ippyo.audit.report import Findings
from ippyo.audit.tally import CountingCast, Products, counting_casts, multiply
from ippyo.audit.workers import Workers
from ippyo.contract.poll import Poll
from ippyo.crypto.merkle import Frontier
from ippyo.errors import InputError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.record import RecordedTransaction
from ippyo.poll.text import Text

__all__ = ["Bar", "Grown", "first_reading", "only_form", "second_reading"]

_CASTS: Final = 64


class Bar:
    """Counts bytes of transactions for whoever shows how far it is."""

    def __init__(self, progress: Callable[[int, int], None] | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def watch(self, transactions: Iterable[RecordedTransaction]) -> Iterator[RecordedTransaction]:
        """Pass ``transactions`` on and count them."""
        for transaction in transactions:
            yield transaction
            self._done += len(transaction.text) + 1
            if self._progress is not None:
                self._progress(min(self._done, self._total), self._total)


@dataclass(frozen=True, slots=True)
class Grown:
    """The tree of all transactions, its roots at the sizes asked for, and the time of the last block (ms, or 0)."""

    frontier: Frontier
    roots: dict[int, bytes]
    time: int


def only_form(files: RecordFiles) -> None:
    """Read everything for its form only: without genesis there is nothing to hold it to."""
    for _ in files.headers():
        pass
    for _ in files.transactions():
        pass
    files.checkpoint()


def first_reading(
    files: RecordFiles,
    facts: LedgerFacts,
    pool: Workers[Poll | None],
    execution: Execution | None,
    findings: Findings,
    bar: Bar,
    sizes: Collection[int] = (),
) -> Grown:
    """Follow chain and tree, let ``execution`` execute every block, and return what has grown.

    ``sizes`` are those at which the root is wanted. Without an execution (the poll could not be read), only chain and
    tree are looked at.
    """
    answers = pool.map(examine, chunks(bar.watch(files.transactions())))
    stream = _noted((examined for answer in answers for examined in answer), findings)
    chain, tree = ChainCheck(facts, findings), Tree(findings, sizes)
    for line, signed in files.headers():
        block = chain.read(line, signed)
        transactions = list(islice(stream, block.count))
        if len(transactions) < block.count:
            missing = block.count - len(transactions)
            problem = Text(
                f"このブロックの台帳の記載が {missing} 件足りません。", f"lacks {missing} of its transactions"
            )
            findings.fail(Check.CHAIN, problem, block.where)
        if block.count:
            tree.add(block, transactions)
            if execution is not None:
                execution.add(block, transactions, tree.frontier)
    if execution is not None:
        execution.finish(tree.frontier)
    for extra in stream:
        problem = Text("どのブロックにも属さない台帳の記載です。", "is in no block")
        findings.fail(Check.CHAIN, problem, place_of(extra.recorded, extra.transaction))
        tree.append(extra)
    return Grown(tree.frontier, tree.roots, chain.time)


def second_reading(
    files: RecordFiles, poll: Poll, pool: Workers[Poll | None], execution: Execution, bar: Bar
) -> Products | None:
    """Multiply the ballots that count by the books of ``execution``.

    Return None, which is noted, if the transactions are not those of the first reading: then nothing can be said.
    """
    products = Products(poll)
    casts = counting_casts(bar.watch(files.transactions_again()), execution.books.counting())
    try:
        for part in pool.map(multiply, _batches(casts)):
            products.merge(part)
    except InputError:
        # Every one of these ballots could be read before.
        files.note_change()
        return None
    if files.changed():
        files.note_change()
        return None
    return products


def _noted(stream: Iterable[Examined], findings: Findings) -> Iterator[Examined]:
    for examined in stream:
        for finding in examined.findings:
            findings.add(finding)
        yield examined


def _batches(casts: Iterator[CountingCast]) -> Iterator[list[CountingCast]]:
    while batch := list(islice(casts, _CASTS)):
        yield batch
