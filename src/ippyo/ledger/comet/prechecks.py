"""What can be checked of a transaction without the state, checked once and in other processes.

A transaction reaches a node three times: on arrival, in a proposal, in the decided block. Its proofs are checked the
first time; the result is kept under the hash of its text. Proofs are checked in worker processes, so that what decides
on blocks never waits behind a flood of arrivals.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial

from ippyo.contract.poll import Poll
from ippyo.contract.stateless import Checked, check_transactions, digest_of

__all__ = ["Prechecks"]

CACHE_BYTES = 64 << 20
_ENTRY_BYTES = 1024
_CHUNK = 16
"""Texts handed to a worker at once."""


class Prechecks:
    """Results by transaction hash, as much as fits. Use it from one event loop."""

    def __init__(self, poll: Poll, executor: Executor | None = None) -> None:
        """Check in ``executor`` (worker processes), or in this process where there is none."""
        self._check: Callable[[Sequence[str]], list[Checked]] = partial(check_transactions, poll)
        self._executor = executor
        self._results: OrderedDict[bytes, tuple[Checked, int]] = OrderedDict()
        self._charged = 0

    async def prepare(self, texts: Sequence[str]) -> None:
        """Have the results of all ``texts`` ready."""
        missing = list({digest_of(text): text for text in texts if not self.knows(text)}.values())
        if self._executor is None:
            self._keep(missing, self._check(missing))
            return
        loop = asyncio.get_running_loop()
        chunks = [missing[start : start + _CHUNK] for start in range(0, len(missing), _CHUNK)]
        for chunk, results in zip(
            chunks,
            await asyncio.gather(*(loop.run_in_executor(self._executor, self._check, chunk) for chunk in chunks)),
            strict=True,
        ):
            self._keep(chunk, results)

    def knows(self, text: str) -> bool:
        """Whether the result is there."""
        return digest_of(text) in self._results

    def results(self, texts: Sequence[str]) -> list[Checked]:
        """Return the results in order; this is the contract's ``check_stateless``. What is missing is checked here."""
        missing = [text for text in texts if not self.knows(text)]
        fresh = dict(zip(map(digest_of, missing), self._check(missing), strict=True))
        found = []
        for text in texts:
            digest = digest_of(text)
            if digest in fresh:
                found.append(fresh[digest])
            else:
                self._results.move_to_end(digest)
                found.append(self._results[digest][0])
        self._keep(missing, [fresh[digest_of(text)] for text in missing])
        return found

    def _keep(self, texts: Sequence[str], results: Sequence[Checked]) -> None:
        for text, checked in zip(texts, results, strict=True):
            # What could not be decoded is refused as quickly as it is found: not worth the room.
            if checked.transaction is None or checked.digest in self._results:
                continue
            charge = len(text) + _ENTRY_BYTES
            self._results[checked.digest] = (checked, charge)
            self._charged += charge
        while self._charged > CACHE_BYTES:
            _, (_, dropped) = self._results.popitem(last=False)
            self._charged -= dropped
