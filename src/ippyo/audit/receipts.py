"""Checking a voter's receipt: by itself, against genesis, or against a whole record (docs/protocol.md §11)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ippyo.audit.opened import OpenedRecord
from ippyo.contract.genesis import Genesis
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError, InputError
from ippyo.files import read_limited
from ippyo.ledger.blocks import Entry
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.receipt import RECEIPT_LIMIT, Receipt
from ippyo.poll.limits import GENESIS_LIMIT

__all__ = ["CheckedReceipt", "check_receipt", "check_receipt_in_record"]


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A true receipt: ``entry`` is number ``index`` of a ledger that had ``size`` entries when it was given.

    ``in_record`` says that it was also found in a record, whose first ``size`` transactions are those of the receipt.
    """

    poll: str
    entry: Entry
    index: int
    size: int
    in_record: bool

    def to_value(self) -> dict[str, object]:
        """Return the JSON object of ``ippyo receipt check --json``."""
        return {
            "version": 1,
            "ok": True,
            "poll": self.poll,
            "type": self.entry.kind,
            "trackers": list(self.entry.trackers),
            "index": self.index,
            "size": self.size,
            "in_record": self.in_record,
        }


def check_receipt(file: Path, genesis: Path) -> CheckedReceipt:
    """Check the receipt in ``file`` with the poll's ``genesis.json`` alone; no network and no record is needed.

    Raises :class:`~ippyo.errors.CheckFailedError` when it is not true, :class:`~ippyo.errors.InputError` when one of
    the two cannot be read.
    """
    text = _decoded(read_limited(genesis, GENESIS_LIMIT + 1, "genesis"), "genesis")
    return _check(file, LedgerFacts.of(Genesis.from_text(text.removesuffix("\n"))))[0]


def check_receipt_in_record(file: Path, record: Path) -> CheckedReceipt:
    """Check the receipt in ``file``, and that the record at ``record`` holds what it promises, in its place.

    Raises as :func:`check_receipt`, and :class:`~ippyo.errors.CheckFailedError` also for a record that ends before the
    receipt was given; what else the record says is for ``ippyo verify``.
    """
    opened = OpenedRecord.open(record)
    checked, root = _check(file, opened.facts)
    frontier = Frontier()
    for index, text in enumerate(opened.texts()):
        entry = Entry.of(text)
        if index == checked.index and entry != checked.entry:
            raise CheckFailedError("the record does not hold the transaction of the receipt in its place")
        frontier, _ = frontier.append(entry.leaf)
        if frontier.size == checked.size:
            break
    if frontier.size < checked.size:
        raise CheckFailedError(
            f"the record ends after {frontier.size} transactions, and the receipt was given when there were "
            f"{checked.size}: use a newer record"
        )
    if frontier.root != root:
        raise CheckFailedError("the record is not the ledger of which the receipt was given: they went different ways")
    return CheckedReceipt(checked.poll, checked.entry, checked.index, checked.size, in_record=True)


def _check(file: Path, facts: LedgerFacts) -> tuple[CheckedReceipt, bytes]:
    receipt = Receipt.from_text(_decoded(read_limited(file, RECEIPT_LIMIT, "receipt"), "receipt"))
    entry = receipt.verify(facts)
    checkpoint = receipt.checkpoint.checkpoint
    return CheckedReceipt(receipt.poll, entry, receipt.index, checkpoint.size, in_record=False), checkpoint.root


def _decoded(content: bytes, what: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"the {what} is not UTF-8 text") from None
