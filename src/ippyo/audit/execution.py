"""The ledger, executed again from the empty box: tree, rules and state of every block (checks 7 and 9 to 21).

The contract judges, as every node had it judge; what workers found about a transaction by itself is handed to it. Tree
and coins are kept a second time here, and compared.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ippyo.audit.books import Books
from ippyo.audit.chain import ReadBlock
from ippyo.audit.checks import Check
from ippyo.audit.count import JUDGED_HERE, PublishedCount
from ippyo.audit.examine import Examined, check_of_refusal, place_of, words
from ippyo.audit.report import Findings
from ippyo.audit.scratch import Scratch, ScratchStore
from ippyo.contract.interface import BlockContext, Verdict
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.contract.stateless import Checked, digest_of
from ippyo.contract.transactions import (
    Act,
    Cast,
    Decrypt,
    Issued,
    Open,
    ResultAct,
    Spoil,
    Surrender,
    Tally,
    Transaction,
)
from ippyo.crypto.merkle import Frontier
from ippyo.poll.text import Text

__all__ = ["Execution", "Tree"]

_BALLOT_CHECKS = (
    Check.BALLOT_FORM,
    Check.BALLOT_SIGNATURES,
    Check.INDIVIDUAL_PROOFS,
    Check.OVERALL_PROOFS,
    Check.COPIED_BALLOTS,
)
_ALWAYS_REACHED = (
    *_BALLOT_CHECKS,
    Check.OFFICERS,
    Check.ISSUED,
    Check.PHASES,
    Check.TICKETS,
    Check.COINS,
    Check.SPOILED,
    Check.STATE_ROOTS,
)


class Tree:
    """The tree of all transactions, grown block by block; needs nothing but their texts (check 7)."""

    def __init__(self, findings: Findings, sizes: Collection[int] = ()) -> None:
        """``sizes`` are those at which the root is to be kept in :attr:`roots`."""
        self._findings = findings
        self._astray = False
        self._sizes = frozenset(sizes)
        self.frontier = Frontier()
        self.roots = {0: self.frontier.root}
        findings.examined(Check.MERKLE_ROOTS, 0)

    def add(self, block: ReadBlock, transactions: Sequence[Examined]) -> None:
        """Append the transactions of a block and compare the root."""
        for examined in transactions:
            self.append(examined)
        self._findings.examined(Check.MERKLE_ROOTS)
        before = self._astray
        self._astray = (self.frontier.size, self.frontier.root) != (block.header.size, block.header.root)
        # A root covers all before it: after one wrong transaction every root is wrong, which says nothing new.
        if self._astray and not before:
            problem = Text(
                "台帳の記載から計算した根と一致しません。ここまでの記載が変えられたか、足されたか、失われています。",
                "does not have the root of the transactions up to here: one was altered, added or lost",
            )
            self._findings.fail(Check.MERKLE_ROOTS, problem, block.where)

    def append(self, examined: Examined) -> None:
        """Append one transaction."""
        self.frontier, _ = self.frontier.append(examined.leaf)
        if self.frontier.size in self._sizes:
            self.roots[self.frontier.size] = self.frontier.root


class Execution:
    """Executes block after block over a scratch database."""

    def __init__(self, poll: Poll, scratch: Scratch, findings: Findings) -> None:
        self._poll = poll
        self._findings = findings
        self._store = ScratchStore(scratch)
        self._last_state: str | None = None
        self._refused_any = False
        self._voting_began = False
        self._astray = False
        self.books = Books(poll.manifest, poll.contests_by_uuid, scratch)
        self.published: dict[str, PublishedCount] = {}
        for check in _ALWAYS_REACHED:
            findings.examined(check, 0)

    def add(self, block: ReadBlock, transactions: Sequence[Examined], frontier: Frontier) -> None:
        """Execute the transactions of a block, at its time; ``frontier`` is the tree after it."""
        verdicts, state = self._apply(block, transactions)
        first = frontier.size - len(transactions)
        for place, (examined, verdict) in enumerate(zip(transactions, verdicts, strict=True)):
            self._note(examined, verdict)
            if isinstance(examined.transaction, Open):
                self._check_empty_box(examined, verdict)
            if verdict.accepted and examined.transaction is not None:
                self.books.enter(first + place, examined.transaction)
                if isinstance(examined.transaction, Open) and place + 1 == len(transactions):
                    self._check_opening_state(block, examined, frontier)
        self._findings.examined(Check.STATE_ROOTS)
        self._last_state = state
        before, self._astray = self._astray, state != block.header.state
        # As with roots: each state contains the one before.
        if self._astray and not before:
            problem = Text("再実行した状態と一致しません。", "does not have the state that its transactions lead to")
            self._findings.fail(Check.STATE_ROOTS, problem, block.where)

    def finish(self, frontier: Frontier) -> None:
        """Compare the contract's last state with one added up from the beginning, and coins with issued tickets."""
        for style, coins, allowed in self.books.over_issued():
            problem = Text(
                f"{style} の投票権 {coins} が、発行数 {allowed} を超えています。",
                f"style {style} has {coins} coins; {allowed} tickets were issued",
            )
            self._findings.fail(Check.COINS, problem)
        comparable = self._last_state is not None and not self._refused_any
        if comparable and self._last_state != self._added_up(frontier):
            problem = Text(
                "最初から計算し直した状態と一致しません。",
                "the last state is not the one that adding up all of it gives",
            )
            self._findings.fail(Check.STATE_ROOTS, problem)

    def _apply(self, block: ReadBlock, transactions: Sequence[Examined]) -> tuple[list[Verdict], str]:
        known = {examined.checked.digest: examined.checked for examined in transactions if examined.checked}

        def prepared(texts: Sequence[str]) -> list[Checked]:
            return [known[digest_of(text)] for text in texts]

        # A contract keeps what it was told of recent transactions; a new one for each block keeps memory flat.
        contract = Contract(self._poll, self._store, prepared)
        context = BlockContext(block.header.height, block.header.time)
        verdicts, state = contract.apply(context, [examined.recorded.text for examined in transactions])
        contract.commit()
        return verdicts, state

    def _note(self, examined: Examined, verdict: Verdict) -> None:
        """Note findings and figures of one transaction."""
        transaction = examined.transaction
        self._refused_any |= not verdict.accepted
        self._count(transaction)
        # What the transaction shows by itself has been said in more detail.
        said = examined.checked is not None and verdict.code == examined.checked.verdict.code
        where = place_of(examined.recorded, transaction)
        if not verdict.accepted and not said and verdict.code not in JUDGED_HERE:
            self._findings.fail(check_of_refusal(verdict.code, transaction), words(verdict), where)
        # Whatever contests a stranger makes up are refused above, and not kept.
        if isinstance(transaction, Tally | Decrypt | ResultAct) and transaction.contest in self._poll.elections:
            count = self.published.setdefault(transaction.contest, PublishedCount())
            if not count.note(transaction, where, verdict) and verdict.code in JUDGED_HERE:
                self._findings.fail(check_of_refusal(verdict.code, transaction), words(verdict), where)
        self._voting_began |= isinstance(transaction, Cast | Spoil | Surrender)

    def _count(self, transaction: Transaction | None) -> None:
        count = self._findings.examined
        match transaction:
            case Cast():
                for check in (Check.TICKETS, Check.COINS, Check.PHASES):
                    count(check)
                for check in _BALLOT_CHECKS:
                    count(check, len(transaction.ballots))
            case Spoil() | Surrender():
                for check in (Check.TICKETS, Check.SPOILED, Check.PHASES):
                    count(check)
            case Issued():
                count(Check.ISSUED)
                count(Check.PHASES)
            case Act():
                count(Check.OFFICERS)
                count(Check.PHASES)
            case Decrypt():
                count(Check.PHASES)
            case None:
                count(Check.BALLOT_FORM)

    def _check_empty_box(self, examined: Examined, verdict: Verdict) -> None:
        """Check what the verifier's own books say at the opening."""
        self._findings.examined(Check.EMPTY_BOX)
        if self._voting_began and verdict.code != "box-not-empty":
            problem = Text(
                "開箱の前に票か投票権があります。", "comes after a ballot, or after a right to vote was used"
            )
            self._findings.fail(Check.EMPTY_BOX, problem, place_of(examined.recorded, examined.transaction))

    def _check_opening_state(self, block: ReadBlock, examined: Examined, frontier: Frontier) -> None:
        """When the opening ends its block, that block's state must be the one of an empty box.

        What was refused before it is no part of that state, but of the tree: then the two cannot be compared.
        """
        if not self._refused_any and block.header.state != self._added_up(frontier):
            problem = Text(
                "開箱時の状態が、空の投票箱の状態と一致しません。",
                "opens a box whose state is not that of an empty one",
            )
            self._findings.fail(Check.EMPTY_BOX, problem, place_of(examined.recorded, examined.transaction))

    def _added_up(self, frontier: Frontier) -> str:
        return self.books.app_hash(self._poll.fingerprint, frontier.size, frontier.root)
