"""The operators' nodes as a panel: asked all at once or in turn, and none of them keeps anybody waiting.

Each has threads of its own and a time to answer in. Whatever a node's answer sets off, it is no answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import count
from typing import Protocol, TypeVar

from ippyo.errors import IppyoError
from ippyo.ledger.chain import Block
from ippyo.ledger.checkpoint import SignedCheckpoint
from ippyo.ledger.comet.report import NodeReport
from ippyo.ledger.engine import Accepted
from ippyo.ledger.receipt import Receipt

__all__ = ["Front", "Panel"]

T = TypeVar("T")

THREADS_OF_ONE = 128
"""For each front its own, so that one that holds them all keeps nobody from asking the others."""

ASK_SECONDS = 10.0
"""How long all nodes together may take over one question."""

GRACE_SECONDS = 1.0
"""How long the others may still take when enough have answered."""

log = logging.getLogger(__name__)


class Front(Protocol):
    """One operator's node, at the other end of a connection: a :class:`~ippyo.ledger.http.LedgerClient`."""

    def describe(self) -> str:
        """Return one line that names the node."""
        ...

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand in a transaction and wait until it is in a block."""
        ...

    def find(self, digest: str) -> int | None:
        """Return the index of the transaction with this hash, or None."""
        ...

    def receipt(self, index: int, size: int | None = None) -> Receipt:
        """Return the receipt of a transaction against the checkpoint of ``size``."""
        ...

    def checkpoint(self, size: int | None = None) -> SignedCheckpoint:
        """Return the checkpoint of ``size`` with the operator's cosignature."""
        ...

    def report(self, height: int | None = None) -> NodeReport:
        """Return how the node stands, with the header of block ``height``."""
        ...

    def blocks(self, start: int = 1) -> Iterator[Block]:
        """Yield the blocks from height ``start``."""
        ...

    def query(self, path: str, data: str = "") -> str:
        """Ask the contract about the node's committed state."""
        ...


class Panel:
    """``fronts`` with their threads; ``enough`` answers are as many as a question usually needs. Close it."""

    def __init__(self, fronts: Sequence[Front], enough: int) -> None:
        self.fronts = tuple(fronts)
        self._enough = enough
        self._turn = count()
        self._pools = {id(front): ThreadPoolExecutor(THREADS_OF_ONE, "ippyo-operators") for front in self.fronts}

    def close(self) -> None:
        """Let go of the threads."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def in_turn(self) -> list[Front]:
        """Return the nodes, beginning with another one every time."""
        start = next(self._turn) % len(self.fronts)
        return [*self.fronts[start:], *self.fronts[:start]]

    def start(self, front: Front, ask: Callable[[Front], T]) -> Future[T]:
        """Begin to ask one node."""
        return self._pools[id(front)].submit(ask, front)

    def ask_all(
        self, ask: Callable[[Front], T], problems: list[IppyoError] | None = None, *, patient: bool = False
    ) -> list[T | None]:
        """Ask all nodes at once; None stands for those that give no answer in time, whose errors join ``problems``.

        Unless ``patient``, those that are slow are not waited for much longer than for enough answers.
        """
        futures = [self.start(front, ask) for front in self.fronts]
        deadline = time.monotonic() + ASK_SECONDS
        left, missing = set(futures), self._enough
        while left and (seconds := deadline - time.monotonic()) > 0:
            done, left = wait(left, seconds, FIRST_COMPLETED)
            if not patient and missing > 0:
                missing -= sum(_answer(future) is not None for future in done)
                if missing <= 0:
                    deadline = min(deadline, time.monotonic() + GRACE_SECONDS)
        for future in left:
            future.cancel()
        if problems is not None:
            errors = (future.exception() for future in futures if future not in left)
            problems += [error for error in errors if isinstance(error, IppyoError)]
        return [None if future in left else _answer(future) for future in futures]

    def answers_in_turn(self, ask: Callable[[Front], T | None]) -> Iterator[T]:
        """Yield answers of one node after the other, passing over those that take long or give none."""
        for front in self.in_turn():
            future = self.start(front, ask)
            wait([future], GRACE_SECONDS)
            if not future.done():
                future.cancel()
            elif (answer := _answer(future)) is not None:
                yield answer


def _answer(future: Future[T]) -> T | None:
    """Return the result of what is done; whatever a node's answer set off, it is no answer."""
    if future.cancelled() or (error := future.exception()) is not None:
        if not (future.cancelled() or isinstance(error, IppyoError)):
            log.warning("a node's answer cannot be used: %s", type(error).__name__)
        return None
    return future.result()
