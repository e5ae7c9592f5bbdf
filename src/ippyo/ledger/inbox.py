"""The waiting room of the embedded engine: transactions on their way into a block."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Condition

from ippyo.ledger.engine import Accepted, BusyError, LedgerStoppedError, NotYetError

__all__ = ["Inbox", "Waiting"]

COUNT_LIMIT = 8192
CHARACTERS_LIMIT = 64 * 1024 * 1024


class Waiting:
    """One transaction and its outcome-to-be."""

    def __init__(self, tx: str) -> None:
        self.tx = tx
        self.outcome: Future[Accepted] = Future()

    def begin(self) -> bool:
        """Whether the outcome is still wanted; from then on nobody can cancel it."""
        return self.outcome.set_running_or_notify_cancel()

    def done(self) -> bool:
        """Whether the outcome is known."""
        return self.outcome.done()

    def result(self, timeout: float | None = None) -> Accepted:
        """Wait for the outcome, ``timeout`` seconds at most."""
        try:
            return self.outcome.result(timeout)
        except FutureTimeoutError:
            raise NotYetError("the transaction is not in a block yet; it may still get into one") from None


class Inbox:
    """A bounded queue that gives out what has come in as one batch."""

    def __init__(self, *, count_limit: int = COUNT_LIMIT, characters_limit: int = CHARACTERS_LIMIT) -> None:
        self._count_limit = count_limit
        self._characters_limit = characters_limit
        self._queue: deque[Waiting] = deque()
        self._characters = 0
        self._oldest = 0.0
        self._closed = False
        self._changed = Condition()

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, tx: str) -> Waiting:
        """Queue a transaction. Raises :class:`BusyError` if there is no room."""
        waiting = Waiting(tx)
        with self._changed:
            if self._closed:
                raise LedgerStoppedError("the ledger is closed")
            if len(self._queue) >= self._count_limit or self._characters + len(tx) > self._characters_limit:
                raise BusyError("too many transactions are waiting; send it again in a moment")
            if not self._queue:
                self._oldest = time.monotonic()
            self._queue.append(waiting)
            self._characters += len(tx)
            self._changed.notify_all()
        return waiting

    def take(self, limit: int, wait: float) -> list[Waiting]:
        """Return up to ``limit`` transactions: when so many are there, or ``wait`` seconds after the first came.

        Those that were cancelled meanwhile are dropped. Returns nothing only when the inbox is closed and empty.
        """
        while taken := self._take(limit, wait):
            if batch := [waiting for waiting in taken if waiting.begin()]:
                return batch
        return []

    def _take(self, limit: int, wait: float) -> list[Waiting]:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            remaining = self._oldest + wait - time.monotonic()
            self._changed.wait_for(lambda: len(self._queue) >= limit or self._closed, timeout=max(0.0, remaining))
            batch = [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]
            self._characters -= sum(len(waiting.tx) for waiting in batch)
            # What is left has waited long enough to make the next block at once.
            return batch

    def close(self) -> None:
        """Let nothing more in; what is inside can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
