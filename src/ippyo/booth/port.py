"""What the booth asks of a ledger, whichever engine and however many operators stand behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ippyo.ledger.blocks import SignedHeader
from ippyo.ledger.chain import Block
from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.engine import Accepted
from ippyo.ledger.receipt import Receipt

__all__ = ["LedgerPort"]


class LedgerPort(Protocol):
    """A part of :class:`ippyo.ledger.http.LedgerClient`, with its errors. Safe to share between threads."""

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand in a transaction and wait until it is durable."""
        ...

    def find(self, digest: str) -> int | None:
        """Return the index of the transaction with this hash, or None."""
        ...

    def receipt(self, index: int) -> Receipt:
        """Return the receipt of a transaction, not yet verified."""
        ...

    def blocks(self, start: int = 1) -> Iterator[Block]:
        """Yield the blocks from height ``start`` to the last one there is, not yet verified."""
        ...

    def checkpoint(self) -> SignedCheckpoint:
        """Return the ledger's checkpoint, not yet verified."""
        ...

    def header(self) -> SignedHeader:
        """Return the last block's header, not yet verified.

        Raises :class:`~ippyo.ledger.engine.NotYetError` before the first block.
        """
        ...

    def query(self, path: str, data: str = "") -> str:
        """Ask the contract about the committed state."""
        ...
