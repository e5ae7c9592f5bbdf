"""One node as a :class:`~ippyo.ledger.engine.Ledger`: transactions go to its CometBFT, answers come from its own file.

What a single node says is that node's word. :mod:`ippyo.ledger.comet.operators` asks several and believes a quorum.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition
from typing import TypeVar

from ippyo.canonical import sha256_b64
from ippyo.crypto.merkle import EMPTY_ROOT
from ippyo.errors import RefusedError
from ippyo.ledger.blocks import Entry
from ippyo.ledger.chain import Block, Chain
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.comet.application import Application
from ippyo.ledger.comet.rpc import CometRpc
from ippyo.ledger.database import Database
from ippyo.ledger.engine import Accepted, LedgerStatus, LedgerStoppedError, NotYetError
from ippyo.ledger.receipt import Receipt

__all__ = ["NodeLedger"]

T = TypeVar("T")

WAIT = 30.0
ASK_AGAIN = 2.0
"""Seconds after which a transaction that is in no block yet is handed in again: mempools forget."""

_BLOCKS_AT_ONCE = 16
_SENDERS = 32


class _Waiting:
    """A transaction on its way."""

    def __init__(self, future: Future[Accepted]) -> None:
        self._future = future

    def done(self) -> bool:
        return self._future.done()

    def result(self, timeout: float | None = None) -> Accepted:
        try:
            return self._future.result(timeout)
        except TimeoutError:
            raise NotYetError("the transaction is in no block yet; ask again") from None


class NodeLedger:
    """The node of ``application``, which lives in ``loop``'s thread. Other threads use this."""

    def __init__(
        self,
        facts: LedgerFacts,
        application: Application,
        database: Database,
        rpc: CometRpc,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.facts = facts
        self._application = application
        self._database = database
        self._rpc = rpc
        self._loop = loop
        self._changed = Condition()
        self._senders = ThreadPoolExecutor(_SENDERS, "ippyo-node-send")

    def describe(self) -> str:
        """Return one line for the operator."""
        operators = len(self.facts.witnesses)
        return f"one node of {operators} operators; {self.facts.quorum} of them must sign what is believed"

    def committed(self) -> None:
        """Tell those who wait that there is a new block. Called by the application's thread."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Let go of the threads."""
        self._senders.shutdown(wait=False, cancel_futures=True)

    # --- handing in

    def submit(self, tx: str) -> _Waiting:
        """Hand in a transaction; ``result()`` of what is returned waits until it is in a block."""
        return _Waiting(self._senders.submit(self.submit_and_wait, tx))

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand in a transaction and wait until it is in a block of this node.

        Raises :class:`RefusedError`, :class:`NotYetError`, or what the mempool says.
        """
        deadline = time.monotonic() + (WAIT if timeout is None else timeout)
        digest = sha256_b64(tx)
        known = self._found(tx, digest)
        while known is None:
            verdict = self._rpc.broadcast(tx)
            again = min(deadline, time.monotonic() + ASK_AGAIN)
            known = self._found(tx, digest)
            if known is None and not verdict.accepted:
                raise RefusedError(verdict.code, verdict.detail)
            while known is None and time.monotonic() < again:
                with self._changed:
                    self._changed.wait(again - time.monotonic())
                known = self._found(tx, digest)
            if known is None and time.monotonic() >= deadline:
                raise NotYetError("the transaction is in no block yet; ask again")
        return known

    def _found(self, tx: str, digest: str) -> Accepted | None:
        with self._database.snapshot() as connection:
            chain = Chain(connection)
            index = chain.find(digest)
            return None if index is None else Accepted(chain.height_of(index), index, Entry.of(tx))

    # --- reading

    def status(self) -> LedgerStatus:
        """Return how this node stands; ``cosigned`` counts no other operator's signature."""
        with self._database.snapshot() as connection:
            last = Chain(connection).last()
        header = last.header if last else None
        failure = ""
        try:
            waiting = 1 if self._rpc.status().catching_up else 0
        except LedgerStoppedError as error:
            waiting, failure = 0, str(error)
        return LedgerStatus(
            poll=self.facts.poll,
            height=header.height if header else 0,
            size=header.size if header else 0,
            root=header.root if header else EMPTY_ROOT,
            state=header.state if header else self._application.empty_state,
            time=header.time if header else 0,
            cosigned=header.size if header else 0,
            waiting=waiting,
            failure=failure,
        )

    def find(self, digest: str) -> int | None:
        """Return the index of the transaction with this hash, or None."""
        with self._database.snapshot() as connection:
            return Chain(connection).find(digest)

    def receipt(self, index: int, size: int | None = None) -> Receipt:
        """Return the receipt of a transaction against this node's checkpoint of ``size`` (the newest if None)."""
        signed = self.checkpoint(size)
        at = signed.checkpoint.size
        if at <= index:
            raise NotYetError(f"this node has {at} transactions; ask again in a moment")
        with self._database.snapshot() as connection:
            chain = Chain(connection)
            entry = Entry.of(chain.transaction(index))
            return Receipt(self.facts.poll, entry, index, chain.inclusion_proof(index, at), signed)

    def checkpoint(self, size: int | None = None) -> SignedCheckpoint:
        """Return the checkpoint of ``size``, signed by the log and this operator."""
        return self._in_loop(lambda: self._application.cosigned(size))

    def blocks(self, start: int = 1) -> Iterator[Block]:
        """Yield the blocks from height ``start`` to the last one there is."""
        while True:
            with self._database.snapshot() as connection:
                page = list(Chain(connection).blocks(start, _BLOCKS_AT_ONCE))
            if not page:
                return
            yield from page
            start += len(page)

    def query(self, path: str, data: str = "") -> str:
        """Ask the contract about this node's committed state."""
        return self._in_loop(lambda: self._application.query(path, data))

    def _in_loop(self, ask: Callable[[], T]) -> T:
        """Run ``ask`` in the application's thread, between blocks."""

        async def asked() -> T:
            return ask()

        future = asyncio.run_coroutine_threadsafe(asked(), self._loop)
        try:
            return future.result(WAIT)
        except TimeoutError:
            future.cancel()
            raise LedgerStoppedError("the node is busy; ask again") from None
