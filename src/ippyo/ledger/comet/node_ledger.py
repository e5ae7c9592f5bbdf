"""One node as a :class:`~ippyo.ledger.engine.Ledger`: transactions go to its CometBFT, answers come from its own file.

What a single node says is that node's word. :mod:`ippyo.ledger.comet.operators` asks several and believes a quorum.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Lock
from typing import Any

from ippyo import __version__
from ippyo.canonical import sha256_b64
from ippyo.crypto.merkle import EMPTY_ROOT
from ippyo.errors import RefusedError
from ippyo.ledger.blocks import Entry
from ippyo.ledger.chain import Block, Chain
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.comet.application import Application
from ippyo.ledger.comet.report import NodeReport
from ippyo.ledger.comet.rpc import CometRpc
from ippyo.ledger.database import Database
from ippyo.ledger.engine import Accepted, BusyError, LedgerStatus, LedgerStoppedError, NotYetError
from ippyo.ledger.own_file import OwnFile
from ippyo.ledger.receipt import Receipt

__all__ = ["NodeLedger"]

WAIT = 30.0
ASK_AGAIN = 3.0
"""Seconds after which a transaction that is in no block yet is handed in again, for mempools forget; they double."""

SLOTS = 112
"""Transactions that may wait at once, each with a thread of the front; a few threads stay for those who read."""

_RECENT = 4096
"""Entries that are kept for the receipts that are asked for after every vote: decoding a transaction takes longer."""

_STOPPING = "the node is stopping; hand it in elsewhere"

log = logging.getLogger(__name__)


class NodeLedger(OwnFile):
    """The node of ``application``, which lives in ``loop``'s thread. Other threads use this.

    ``name`` is the operator's; ``check_ahead`` has a transaction's proofs checked, in the loop; ``failure`` tells why
    CometBFT is not running any more, and is empty while it is.
    """

    def __init__(
        self,
        name: str,
        application: Application,
        database: Database,
        rpc: CometRpc,
        loop: asyncio.AbstractEventLoop,
        check_ahead: Callable[[str], Coroutine[Any, Any, None]],
        failure: Callable[[], str] = lambda: "",
    ) -> None:
        super().__init__(database)
        self.facts: LedgerFacts = application.facts
        self._name = name
        self._application = application
        self._rpc = rpc
        self._loop = loop
        self._check_ahead = check_ahead
        self._failure = failure
        self._mutex = Lock()
        self._expected: dict[str, list[Future[Accepted]]] = {}
        self._closed = False
        self._recent: OrderedDict[int, Entry] = OrderedDict()
        self._slots = BoundedSemaphore(SLOTS)

    def describe(self) -> str:
        """Return one line for the operator."""
        operators = len(self.facts.witnesses)
        return f"one node of several: {self.facts.quorum} of {operators} must sign what is believed"

    def committed(self, block: Block, entries: Sequence[Entry]) -> None:
        """Tell those who wait for a transaction of the new ``block``. Called by the application's thread."""
        for index, entry in enumerate(entries, block.first):
            with self._mutex:
                expecting = self._expected.pop(entry.digest, [])
                self._recent[index] = entry
                if len(self._recent) > _RECENT:
                    self._recent.popitem(last=False)
            for future in expecting:
                future.set_result(Accepted(block.header.height, index, entry))

    def close(self) -> None:
        """Let go of those who wait, and of those who come later."""
        with self._mutex:
            self._closed = True
            waiting = [future for futures in self._expected.values() for future in futures]
            self._expected.clear()
        for future in waiting:
            future.set_exception(LedgerStoppedError(_STOPPING))

    # --- handing in

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand in a transaction and wait until it is in a block of this node.

        Raises :class:`RefusedError`, :class:`NotYetError`, :class:`BusyError`, or :class:`LedgerStoppedError`.
        """
        if failure := self._failure():
            raise LedgerStoppedError(failure)
        if not self._slots.acquire(blocking=False):
            raise BusyError("too many transactions are waiting at this node; send it again in a moment")
        try:
            digest = sha256_b64(tx)
            with self._expecting(digest) as expected:
                return self._handed_in(tx, digest, expected, WAIT if timeout is None else timeout)
        finally:
            self._slots.release()

    def _handed_in(self, tx: str, digest: str, expected: Future[Accepted], seconds: float) -> Accepted:
        deadline, pause = time.monotonic() + seconds, ASK_AGAIN
        if (known := self._found(tx, digest)) is not None:
            return known
        self._prepared(tx, expected, seconds)
        if expected.done():
            return expected.result()
        while True:
            verdict = self._rpc.broadcast(tx)
            if not verdict.accepted:
                # It may have got into a block in between, and then it is refused as a duplicate.
                if (known := self._found(tx, digest)) is not None:
                    return known
                if self._rpc.status().catching_up:
                    # What an old state refuses, the others may take.
                    raise BusyError("this node is still catching up with the others; send it again in a moment")
                raise RefusedError(verdict.code, verdict.detail)
            left = deadline - time.monotonic()
            with suppress(TimeoutError):
                return expected.result(max(0.0, min(pause, left)))
            if left <= pause:
                raise NotYetError("the transaction is in no block yet; ask again")
            pause *= 2
            if (known := self._found(tx, digest)) is not None:
                return known

    def _prepared(self, tx: str, expected: Future[Accepted], seconds: float) -> None:
        """Have the proofs checked before CometBFT sees the transaction; or return when ``expected`` is known already.

        CometBFT commits no block before all arrivals are answered that it has handed over, and hands over no new ones
        meanwhile: every block would wait for a queue of checks, and then the checks for the block.
        """
        future = asyncio.run_coroutine_threadsafe(self._check_ahead(tx), self._loop)
        either: list[Future[Any]] = [future, expected]
        done, waiting = wait(either, seconds, FIRST_COMPLETED)
        if future in waiting:
            future.cancel()
            if not done:
                raise BusyError("too many transactions wait to be checked; send it again in a moment")
            return
        try:
            future.result()
        except CancelledError:
            raise LedgerStoppedError(_STOPPING) from None
        except Exception as error:
            # CometBFT's own question meets the same, and the node stops.
            log.warning("a transaction could not be checked: %s", type(error).__name__)

    @contextmanager
    def _expecting(self, digest: str) -> Iterator[Future[Accepted]]:
        future: Future[Accepted] = Future()
        with self._mutex:
            if self._closed:
                raise LedgerStoppedError(_STOPPING)
            self._expected.setdefault(digest, []).append(future)
        try:
            yield future
        finally:
            with self._mutex:
                waiting = self._expected.get(digest, [])
                if future in waiting:
                    waiting.remove(future)
                if not waiting:
                    self._expected.pop(digest, None)

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
        with self._mutex:
            waiting = len(self._expected)
        return LedgerStatus(
            poll=self.facts.poll,
            height=header.height if header else 0,
            size=header.size if header else 0,
            root=header.root if header else EMPTY_ROOT,
            state=header.state if header else self._application.empty_state,
            time=header.time if header else 0,
            cosigned=header.size if header else 0,
            waiting=waiting,
            failure=self._failure(),
        )

    def report(self, height: int | None = None) -> NodeReport:
        """Return how this node stands, with the header of the ledger's block ``height`` (the last one if None)."""
        with self._database.snapshot() as connection:
            chain = Chain(connection)
            last = chain.last()
            asked = last if height is None else next(iter(chain.headers(height)), None)
        failure = self._failure()
        peers, catching_up, version = 0, False, ""
        try:
            comet = self._rpc.status()
            peers, catching_up, version = comet.peers, comet.catching_up, comet.version
        except LedgerStoppedError as error:
            failure = failure or str(error)
        return NodeReport(
            name=self._name,
            poll=self.facts.poll,
            version=__version__,
            engine_version=version,
            height=last.header.height if last else 0,
            size=last.header.size if last else 0,
            comet_height=self._application.height,
            catching_up=catching_up,
            peers=peers,
            failure=failure,
            evidence=self._application.evidence(),
            header=asked,
        )

    def receipt(self, index: int, size: int | None = None) -> Receipt:
        """Return the receipt of a transaction against this node's checkpoint of ``size`` (the newest if None)."""
        signed = self.checkpoint(size)
        at = signed.checkpoint.size
        if at <= index:
            raise NotYetError(f"this node has {at} transactions; ask again in a moment")
        with self._database.snapshot() as connection:
            chain = Chain(connection)
            with self._mutex:
                entry = self._recent.get(index)
            entry = entry or Entry.of(chain.transaction(index))
            return Receipt(self.facts.poll, entry, index, chain.inclusion_proof(index, at), signed)

    def checkpoint(self, size: int | None = None) -> SignedCheckpoint:
        """Return the checkpoint of ``size``, signed by the log and this operator."""
        return self._application.cosigned(size)

    def query(self, path: str, data: str = "") -> str:
        """Ask the contract about this node's committed state."""

        async def asked() -> str:
            return self._application.query(path, data)

        # In the application's thread, and so between two blocks.
        future = asyncio.run_coroutine_threadsafe(asked(), self._loop)
        try:
            return future.result(WAIT)
        except TimeoutError:
            future.cancel()
            raise LedgerStoppedError("the node is busy; ask again") from None
