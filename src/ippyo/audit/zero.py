"""ゼロ票確認: that the box was empty when it was opened, from the ledger alone.

Three things show it. No transaction before the opening casts, spoils or gives back anything; the state that the log
signed with the opening is the one that an empty box has, computed here from nothing but those transactions; and the
chain from the first block to the opening is whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ippyo.audit.opened import OpenedRecord
from ippyo.audit.state import Rest, app_hash, coin_root
from ippyo.contract.poll import Poll
from ippyo.contract.stateless import check_transaction
from ippyo.contract.transactions import Issued, Open, Transaction
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError, InputError
from ippyo.ledger.blocks import BlockHeader, Entry, SignedHeader, first_previous
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.record import RecordedBlock
from ippyo.poll.text import Text

__all__ = ["EmptyBox", "ProvedState", "confirm_empty_box"]

_VOTING = frozenset({"cast", "spoil", "surrender"})


@dataclass(frozen=True, slots=True)
class ProvedState:
    """The app hash that the log signed in block ``height``, after ``size`` transactions: computed here, it is the same.

    Block 0 is genesis, which nobody signs.
    """

    height: int
    size: int
    state: str


@dataclass(frozen=True, slots=True)
class EmptyBox:
    """The proof, in the figures an official reads out.

    The opening is transaction ``position`` of the ledger, in block ``height``, at ``time`` (ms). ``before`` counts the
    transactions before it by type.
    """

    poll: str
    title: Text
    height: int
    time: int
    position: int
    officers: tuple[int, ...]
    before: dict[str, int]
    proved: ProvedState

    def to_value(self) -> dict[str, object]:
        """Return the JSON object of ``ippyo audit zero --json``."""
        return {
            "version": 1,
            "empty": True,
            "poll": self.poll,
            "title": self.title.to_value(),
            "opened": {
                "height": self.height,
                "time": self.time,
                "transaction": self.position,
                "officers": list(self.officers),
            },
            "before": dict(sorted(self.before.items())),
            "ballots": 0,
            "state": {"height": self.proved.height, "size": self.proved.size, "hash": self.proved.state},
        }


def confirm_empty_box(path: Path) -> EmptyBox:
    """Return the proof that the box of the record at ``path`` was empty when it was opened.

    Raises :class:`~ippyo.errors.CheckFailedError` when it was not, or when the ledger up to there is not true;
    :class:`~ippyo.errors.InputError` when the poll has not been opened or the record cannot be read.
    """
    record = OpenedRecord.open(path)
    history = _History(record.poll)
    previous: SignedHeader | None = None
    for block in record.blocks():
        _require_link(block, previous, record.facts)
        found = history.add(block)
        if found is not None:
            return found
        previous = block.signed
    raise InputError("the poll in this record has not been opened yet")


def _require_link(block: RecordedBlock, previous: SignedHeader | None, facts: LedgerFacts) -> None:
    header = block.signed.header
    link, height = (previous.header.hash, previous.header.height) if previous else (first_previous(facts.poll), 0)
    if (header.poll, header.previous, header.height) != (facts.poll, link, height + 1):
        raise CheckFailedError(f"block {header.height} does not follow the one before it")
    if not block.signed.verify(facts.log):
        raise CheckFailedError(f"block {header.height} is not signed by the log")


class _History:
    """The transactions so far, of which none may be of the voting kind."""

    def __init__(self, poll: Poll) -> None:
        self._poll = poll
        self._rest = Rest()
        self._frontier = Frontier()
        self._before: Counter[str] = Counter()

    def add(self, block: RecordedBlock) -> EmptyBox | None:
        """Take a block in. Returns the proof when it holds the opening."""
        header, first = block.signed.header, self._frontier
        proved = ProvedState(header.height - 1, first.size, self._state("setup", first))
        transactions = [self._checked(recorded.text) for recorded in block.transactions]
        for recorded in block.transactions:
            self._frontier, _ = self._frontier.append(Entry.of(recorded.text).leaf)
        if (self._frontier.size, self._frontier.root) != (header.size, header.root):
            raise CheckFailedError(f"the root of block {header.height} is not that of its transactions")
        opening = next((tx for tx in transactions if isinstance(tx, Open)), None)
        if opening is None:
            self._take(transactions, count=True)
            self._require_state("setup", header)
            return None
        place = transactions.index(opening)
        self._take(transactions[:place], count=True)
        if not any(tx.kind in _VOTING for tx in transactions[place + 1 :]):
            self._take(transactions[place + 1 :], count=False)
            self._require_state("open", header)
            proved = ProvedState(header.height, header.size, header.state)
        # Where the first votes share the opening's block, the box is empty in the state before that block.
        return EmptyBox(
            poll=self._poll.fingerprint,
            title=self._poll.manifest.title,
            height=header.height,
            time=header.time,
            position=first.size + place,
            officers=tuple(signature.officer for signature in opening.signatures),
            before=dict(self._before),
            proved=proved,
        )

    def _checked(self, text: str) -> Transaction:
        checked = check_transaction(self._poll, text)
        if checked.transaction is None or not checked.verdict.accepted:
            raise CheckFailedError(f"a transaction before the opening is not valid: {checked.verdict.detail}")
        return checked.transaction

    def _take(self, transactions: Sequence[Transaction], *, count: bool) -> None:
        for transaction in transactions:
            if transaction.kind in _VOTING:
                raise CheckFailedError(f"the box was not empty: a {transaction.kind} stands before the opening")
            if isinstance(transaction, Issued):
                self._rest.issued[transaction.issuer, transaction.style] = transaction.total
            if count:
                self._before[transaction.kind] += 1

    def _state(self, phase: str, frontier: Frontier) -> str:
        rest = self._rest.to_text(self._poll.manifest)
        return app_hash(self._poll.fingerprint, phase, frontier.size, frontier.root, coin_root(()), rest)

    def _require_state(self, phase: str, header: BlockHeader) -> None:
        if self._state(phase, self._frontier) != header.state:
            raise CheckFailedError(
                f"the state that the log signed in block {header.height} is not that of an empty box"
            )
