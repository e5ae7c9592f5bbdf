"""What the rest of the program sees of a ledger, whichever engine orders its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ippyo.errors import IppyoError
from ippyo.ledger.blocks import Entry, SignedHeader
from ippyo.ledger.chain import Block
from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.receipt import Receipt

__all__ = ["Accepted", "BusyError", "Ledger", "LedgerStatus", "LedgerStoppedError", "NotYetError"]


class BusyError(IppyoError):
    """More transactions are waiting than the engine holds; send it again a little later."""


class LedgerStoppedError(IppyoError):
    """The engine cannot go on. What was not acknowledged may be sent again after a restart."""


class NotYetError(IppyoError):
    """What was asked for is not there yet; ask again."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A transaction that is durably in block ``height``, as number ``index`` (from 0) of the whole ledger."""

    height: int
    index: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class LedgerStatus:
    """How the ledger stands.

    ``time`` (ms) is that of the last block; ``cosigned`` is the largest size that a quorum of witnesses has seen;
    ``waiting`` counts what is not in a block yet; ``failure`` says why the engine stopped, and is empty while it runs.
    """

    poll: str
    height: int
    size: int
    root: bytes
    state: str
    time: int
    cosigned: int
    waiting: int
    failure: str


class Ledger(Protocol):
    """An engine."""

    def describe(self) -> str:
        """Return one line for the operator: what this engine protects from, and what not."""
        ...

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand in a transaction and wait (``timeout`` seconds at most) until it is durable.

        Raises :class:`~ippyo.errors.RefusedError` with the contract's code, :class:`BusyError`,
        :class:`LedgerStoppedError`, or :class:`NotYetError` when the time is over.
        """
        ...

    def status(self) -> LedgerStatus:
        """Return how the ledger stands."""
        ...

    def find(self, digest: str) -> int | None:
        """Return the index of the transaction with this hash, or None."""
        ...

    def receipt(self, index: int) -> Receipt:
        """Return the receipt of a transaction. Raises :class:`NotYetError` until enough witnesses have cosigned."""
        ...

    def blocks(self, start: int = 1) -> Iterator[Block]:
        """Yield the blocks from height ``start`` to the last one there is."""
        ...

    def checkpoint(self) -> SignedCheckpoint:
        """Return the checkpoint of the ledger as it stands, with the cosignatures already gathered."""
        ...

    def header(self) -> SignedHeader:
        """Return the last block's header. Raises :class:`NotYetError` before the first block."""
        ...

    def query(self, path: str, data: str = "") -> str:
        """Ask the state machine about the committed state."""
        ...
