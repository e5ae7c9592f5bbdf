"""Hands what waits in the outbox to the ledger, many texts at once, until the ledger has or refuses each.

Handing in is repeated as often as needed: the ledger takes a text only once, and of a refused text it is asked whether
it has it already, for an answer may have been lost, or this process killed, after the ledger had taken it. A refusal
that the next block may lift is none yet: such a text stays in the outbox and is handed in again.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from enum import Enum, auto
from typing import Self

from ippyo.booth.gateway.outbox import Outbox
from ippyo.booth.gateway.receipts import Receipts
from ippyo.booth.port import LedgerPort
from ippyo.canonical import b64
from ippyo.errors import CheckFailedError, IppyoError, RefusedError

__all__ = ["Sender"]

LANES = 64
"""Texts on their way at once: a block of the ledger waits for company, so each takes longer than it costs."""

PAUSE = 1.0
"""Seconds before a text that the ledger could not take is sent again, and between looks for receipts."""

LONGEST_PAUSE = 15.0
NOT_FINAL = frozenset({"not-open", "coins-exceed-issued"})
"""Refusals that may be lifted: the box is opened, a registry's totals come. The close makes ``closed`` of both."""

LONGEST_WAIT = 60.0
"""Seconds at most before such a text is handed in again."""

FORGET_SECONDS = 600.0


class _Fate(Enum):
    """What came of handing a text in."""

    SETTLED = auto()
    LATER = auto()
    """It is refused for now."""
    FAILED = auto()
    """The ledger did not answer."""


class _Later:
    """When texts that are refused for now are due again, by number; each time twice as late. For one thread."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._pauses: dict[int, float] = {}
        self._due: dict[int, float] = {}

    def put_off(self, number: int) -> None:
        """Let a text wait."""
        pause = self._pauses.get(number, self._pause)
        self._due[number] = time.monotonic() + pause
        self._pauses[number] = min(LONGEST_WAIT, 2 * pause)

    def forget(self, number: int) -> None:
        """Forget a text whose fate is known."""
        self._pauses.pop(number, None)

    def waits(self, number: int) -> bool:
        """Tell whether a text is not due yet."""
        return number in self._due

    def take_due(self) -> bool:
        """Let those that are due now wait no longer; tell whether there are any."""
        now = time.monotonic()
        due = [number for number, at in self._due.items() if at <= now]
        for number in due:
            del self._due[number]
        return bool(due)


class Sender:
    """Works in threads of its own from :meth:`start` to :meth:`stop`; or use it in a ``with``."""

    def __init__(
        self, outbox: Outbox, ledger: LedgerPort, receipts: Receipts, *, lanes: int = LANES, pause: float = PAUSE
    ) -> None:
        self._outbox = outbox
        self._ledger = ledger
        self._receipts = receipts
        self._lanes = lanes
        self._pause = pause
        self._stop = threading.Event()
        self._from_the_front = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failures = 0
        """Attempts in a row that the ledger did not answer."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin with what was left waiting when the booth stopped last."""
        for name, work in (("sender", self._send_all), ("receipts", self._complete_all)):
            thread = threading.Thread(target=work, name=f"ippyo-booth-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop; what is on its way is finished first, and what waits stays in the outbox."""
        self._stop.set()
        self._outbox.wake()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _send_all(self) -> None:
        sending: dict[int, Future[_Fate]] = {}
        later = _Later(self._pause)
        with ThreadPoolExecutor(self._lanes, "ippyo-booth-send") as pool:
            after = 0
            overtaken: set[int] = set()
            while not self._stop.is_set():
                finished = [number for number, future in sending.items() if future.done()]
                fates = {number: sending.pop(number).result() for number in finished}
                for number, fate in fates.items():
                    (later.put_off if fate is _Fate.LATER else later.forget)(number)
                # A text that could not be handed in waits for the next round from the front.
                if _Fate.FAILED in fates.values():
                    self._stop.wait(min(LONGEST_PAUSE, self._pause * 2 ** min(self._failures, 6)))
                    after = 0
                if later.take_due() or not overtaken.isdisjoint(fates):
                    after = 0
                if self._from_the_front.is_set():
                    self._from_the_front.clear()
                    # The text that waits again may still be on its way here, and would be passed over now.
                    after, overtaken = 0, set(sending)
                room = self._lanes - len(sending)
                rows = self._waiting(after, room) if room else []
                for number, digest, text in rows:
                    after = number
                    if number not in sending and not later.waits(number):
                        sending[number] = pool.submit(self._send, digest, text)
                if not rows:
                    self._outbox.wait(0.05 if sending else self._pause)

    def _waiting(self, after: int, room: int) -> list[tuple[int, bytes, str]]:
        try:
            return self._outbox.waiting(after, room)
        except RefusedError:
            # The next look may find the disk better; without this thread nothing would ever be sent again.
            return []

    def _send(self, digest: bytes, text: str) -> _Fate:
        """Hand in one text."""
        try:
            fate = self._hand_in(digest, text)
        except IppyoError:
            self._failures += 1
            return _Fate.FAILED
        except Exception as error:
            print(f"ippyo: a text could not be sent: {type(error).__name__}", file=sys.stderr, flush=True)
            self._failures += 1
            return _Fate.FAILED
        self._failures = 0
        return fate

    def _hand_in(self, digest: bytes, text: str) -> _Fate:
        try:
            index = self._ledger.submit_and_wait(text).index
        except RefusedError as refusal:
            found = self._ledger.find(b64(digest))
            if found is None and refusal.code in NOT_FINAL:
                return _Fate.LATER
            if found is None:
                self._outbox.refused(digest, refusal.code)
                return _Fate.SETTLED
            index = found
        self._outbox.accepted(digest, index)
        self._complete(digest, index)
        return _Fate.SETTLED

    def _complete_all(self) -> None:
        passed = 0.0
        while not self._stop.wait(self._pause):
            passed += self._pause
            # What the disk does not take or give now is looked at again.
            with suppress(RefusedError):
                for digest, index in self._outbox.without_receipt(self._lanes):
                    self._try_to_complete(digest, index)
                if passed >= FORGET_SECONDS:
                    self._outbox.forget_old()
                    passed = 0.0

    def _try_to_complete(self, digest: bytes, index: int) -> None:
        """Complete one text if that can be done now. Whatever is wrong with it keeps no other from its receipt."""
        try:
            self._complete(digest, index)
        except IppyoError:
            pass
        except Exception as error:
            print(f"ippyo: a receipt cannot be used: {type(error).__name__}", file=sys.stderr, flush=True)

    def _complete(self, digest: bytes, index: int) -> None:
        """Forget the text if its receipt is there; if the receipt is false, so may be the place: hand it in again."""
        try:
            if self._receipts.of(digest, index) is not None:
                self._outbox.done(digest)
        except CheckFailedError:
            print("ippyo: the ledger gave a false receipt", file=sys.stderr, flush=True)
            self._outbox.waits_again(digest)
            self._from_the_front.set()
            # Not at once, and not for ever as fast as a false ledger answers.
            self._stop.wait(self._pause)
