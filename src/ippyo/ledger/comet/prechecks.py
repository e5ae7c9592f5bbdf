"""What can be checked of a transaction without the state, checked once and in other processes.

A transaction reaches a node three times: on arrival, in a proposal, in the decided block. Its proofs are checked the
first time; the result is kept under the hash of its text until it is in a block. Worker processes check, a chunk at a
time; what decides on blocks goes before a flood of arrivals, and waits for two chunks of it at most.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import islice

from ippyo.contract.poll import Poll
from ippyo.contract.stateless import Checked, check_transactions, digest_of

__all__ = ["Prechecks"]

CACHE_BYTES = 64 << 20
REFUSED_BYTES = 8 << 20
"""For results that no block will need: anybody can send what is refused, and must not drive out what is good. A false
proposal and what workers have in hand find room at once: what is forgotten too soon is checked in the loop."""

_ENTRY_BYTES = 1024
_CHUNK = 8
"""Texts handed to a worker at once: proofs of several ballots are checked faster together."""

_CHUNK_LENGTH = 1 << 18
"""Characters of a chunk of several texts: of huge ones, which take long each, what decides on blocks waits for one."""

_CHUNKS_AHEAD = 1
"""Chunks handed out beside those that are being checked, so that no worker waits while a block is executed here."""


class Prechecks:
    """Results by transaction hash, as much as fits. Use it from one event loop."""

    def __init__(self, poll: Poll, executor: Executor | None = None, workers: int = 1) -> None:
        """Check in ``executor``, which has so many ``workers``, or in this process where there is none."""
        self._check: Callable[[Sequence[str]], list[Checked]] = partial(check_transactions, poll)
        self._executor = executor
        self._free = workers + _CHUNKS_AHEAD
        self._waiting: dict[bytes, str] = {}
        self._underway: dict[bytes, asyncio.Future[None]] = {}
        self._wanted: Counter[bytes] = Counter()
        """How many wait for each result that is missing."""
        self._good = _Kept(CACHE_BYTES)
        self._refused = _Kept(REFUSED_BYTES)
        self._jobs: set[asyncio.Task[None]] = set()

    async def prepare(self, texts: Sequence[str], *, urgent: bool = False) -> None:
        """Have the results of all ``texts`` ready; ``urgent`` ones go before those that wait.

        What waits for a worker is dropped when this is cancelled, unless others wait for it, too.
        """
        missing = {digest: text for text in texts if not self._has(digest := digest_of(text))}
        if self._executor is None:
            self._keep(list(missing.values()), self._check(list(missing.values())))
            return
        loop = asyncio.get_running_loop()
        fresh = {digest: text for digest, text in missing.items() if digest not in self._underway}
        self._underway |= {digest: loop.create_future() for digest in fresh}
        self._waiting |= fresh
        if urgent:
            # Also what waits already, on behalf of an arrival.
            first = {digest: text for digest, text in self._waiting.items() if digest in missing}
            self._waiting = first | self._waiting
        self._wanted.update(missing.keys())
        self._hand_out()
        try:
            for digest in missing:
                if (future := self._underway.get(digest)) is not None:
                    await asyncio.shield(future)
        finally:
            self._let_go(missing)

    def _let_go(self, digests: Iterable[bytes]) -> None:
        for digest in digests:
            self._wanted[digest] -= 1
            if not self._wanted[digest]:
                del self._wanted[digest]
                if self._waiting.pop(digest, None) is not None:
                    self._underway.pop(digest).cancel()

    def _hand_out(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            job = asyncio.get_running_loop().create_task(self._work(self._taken()))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)

    def _taken(self) -> dict[bytes, str]:
        """Take the next chunk from what waits."""
        chunk: dict[bytes, str] = {}
        length = 0
        for digest, text in islice(self._waiting.items(), _CHUNK):
            length += len(text)
            if chunk and length > _CHUNK_LENGTH:
                break
            chunk[digest] = text
        for digest in chunk:
            del self._waiting[digest]
        return chunk

    async def _work(self, chunk: Mapping[bytes, str]) -> None:
        texts = list(chunk.values())
        try:
            results = await asyncio.get_running_loop().run_in_executor(self._executor, self._check, texts)
            self._keep(texts, results)
        except BaseException as error:
            # The workers are gone; whoever asked for these results has to stop.
            for digest in chunk:
                future = self._underway.pop(digest)
                if isinstance(error, Exception):
                    future.set_exception(error)
                    # Those who wait are told; where nobody does any more, it is no news for the log.
                    future.exception()
                else:
                    future.cancel()
            if not isinstance(error, Exception):
                # The loop is ending: whatever were handed out now, nobody would see to its end.
                raise
        else:
            for digest in chunk:
                self._underway.pop(digest).set_result(None)
        self._free += 1
        self._hand_out()

    def knows(self, text: str) -> bool:
        """Whether the result is there."""
        return self._has(digest_of(text))

    def _has(self, digest: bytes) -> bool:
        return digest in self._good.results or digest in self._refused.results

    def results(self, texts: Sequence[str]) -> list[Checked]:
        """Return the results in order; this is the contract's ``check_stateless``. What is missing is checked here."""
        digests = [digest_of(text) for text in texts]
        missing = {digest: text for digest, text in zip(digests, texts, strict=True) if not self._has(digest)}
        checked = self._check(list(missing.values()))
        fresh = dict(zip(missing, checked, strict=True))
        found = [fresh[digest] if digest in fresh else self._get(digest) for digest in digests]
        self._keep(list(missing.values()), checked)
        return found

    def _get(self, digest: bytes) -> Checked:
        return (self._good if digest in self._good.results else self._refused).get(digest)

    def forget(self, texts: Iterable[str]) -> None:
        """Forget the results of ``texts``, which are in a block now."""
        for digest in map(digest_of, texts):
            self._good.drop(digest)
            self._refused.drop(digest)

    def _keep(self, texts: Sequence[str], results: Sequence[Checked]) -> None:
        for text, checked in zip(texts, results, strict=True):
            kept = self._good if checked.verdict.accepted else self._refused
            # Of what could not be decoded nothing is kept but why; to find it out again would take as long as before.
            of_text = 0 if checked.transaction is None else len(text)
            kept.put(checked, of_text + len(checked.verdict.detail) + _ENTRY_BYTES)


class _Kept:
    """Results by transaction hash, of at most ``limit`` bytes; those used least recently are forgotten first."""

    def __init__(self, limit: int) -> None:
        self.results: OrderedDict[bytes, tuple[Checked, int]] = OrderedDict()
        self._limit = limit
        self._charged = 0

    def get(self, digest: bytes) -> Checked:
        self.results.move_to_end(digest)
        return self.results[digest][0]

    def drop(self, digest: bytes) -> None:
        if digest in self.results:
            self._charged -= self.results.pop(digest)[1]

    def put(self, checked: Checked, charge: int) -> None:
        if checked.digest in self.results:
            return
        self.results[checked.digest] = (checked, charge)
        self._charged += charge
        while self._charged > self._limit:
            _, (_, dropped) = self.results.popitem(last=False)
            self._charged -= dropped
