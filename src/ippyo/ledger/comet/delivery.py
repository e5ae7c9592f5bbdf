"""One transaction on its way to several nodes: to two at once, to all when it is late, with an alarm when left out."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from ippyo.errors import IppyoError, RefusedError
from ippyo.ledger.comet.panel import Front
from ippyo.ledger.engine import Accepted, LedgerStoppedError, NotYetError

__all__ = ["ALARM_BLOCKS", "Delivery"]

WAIT = 30.0
AT_FIRST = 2
"""Nodes that get a transaction at once."""

PATIENCE = 5.0
"""Seconds after which the other nodes get it, too."""

CONFIRMING = 1.0
"""Seconds that the others may take after the first answer before all are asked, and after enough refusals before those
count: an answer is soon there everywhere, and a silent node among the first two must not keep every second voter."""

ALARM_BLOCKS = 8
"""CometBFT's blocks without the transaction after which the alarm is raised: everybody has had a turn to propose."""

AGAIN = 0.5
"""Seconds before a refusal is asked for again (the node may be a block behind), and before all nodes are tried anew."""


log = logging.getLogger(__name__)


def _most_given(refusals: Sequence[RefusedError]) -> tuple[RefusedError | None, int]:
    """Return a refusal with the code that most of them have, and how many have it: why, too, is no single node's word.

    Of codes that equally many give it is the one given first.
    """
    codes = Counter(refusal.code for refusal in refusals)
    code, given = next(iter(codes.most_common(1)), ("", 0))
    return next((refusal for refusal in refusals if refusal.code == code), None), given


class Delivery:
    """Delivers one transaction to ``fronts``, which are asked in this order, by ``start``.

    ``needed`` nodes must say that it is in a block, and where, or refuse it, before it counts: one of them is honest.
    ``height`` gives CometBFT's height that so many nodes have, 0 while too few tell it; ``alarm`` is told when the
    transaction seems to be left out.
    """

    def __init__(
        self,
        fronts: Sequence[Front],
        start: Callable[[Front, Callable[[Front], Accepted]], Future[Accepted]],
        needed: int,
        height: Callable[[], int],
        alarm: Callable[[str], None],
    ) -> None:
        self._fronts = fronts
        self._start = start
        self._needed = needed
        self._height = height
        self._alarm = alarm
        self._started_at: int | None = None
        self._alarmed = False

    def deliver(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand it in and wait. Raises :class:`RefusedError`, or what kept it from getting into a block in time."""
        deadline = time.monotonic() + (WAIT if timeout is None else timeout)
        while True:
            try:
                return self._round(tx, deadline)
            except RefusedError:
                raise
            except IppyoError:
                if time.monotonic() + AGAIN >= deadline:
                    raise
            time.sleep(AGAIN)

    def _round(self, tx: str, deadline: float) -> Accepted:
        """Try every node once."""
        ahead = list(self._fronts)
        running: set[Future[Accepted]] = set()
        refusals: list[RefusedError] = []
        refusal, refusing = _most_given(refusals)
        places: Counter[int] = Counter()
        problem: IppyoError = LedgerStoppedError("no operator's node answers; look whether they run, and send it again")
        patience, confirming, settled = time.monotonic() + PATIENCE, math.inf, math.inf
        wanted = max(AT_FIRST, self._needed)
        while True:
            agreed = max(refusing, *places.values(), 0)
            while ahead and len(running) + agreed < wanted:
                running.add(self._start(ahead.pop(0), lambda front: self._hand_in(front, tx, deadline)))
            if not running:
                raise refusal if refusal is not None and len(refusals) >= self._needed else problem
            left = max(0.05, min(patience, confirming, settled, deadline) - time.monotonic())
            done, running = wait(running, left, FIRST_COMPLETED)
            for future in done:
                try:
                    accepted = future.result()
                    places[accepted.index] += 1
                    if places[accepted.index] >= self._needed:
                        return accepted
                    problem = NotYetError("the operators do not agree yet where the transaction is; ask again")
                except RefusedError as error:
                    refusals.append(error)
                except IppyoError as error:
                    problem = error
                except Exception as error:
                    # Whatever a front's answer set off, it is no answer.
                    log.warning("a node's answer cannot be used: %s", type(error).__name__)
            refusal, refusing = _most_given(refusals)
            if refusal is not None and refusing >= self._needed:
                if not running or time.monotonic() >= min(settled, deadline):
                    raise refusal
                settled = min(settled, time.monotonic() + CONFIRMING)
            elif refusals or places:
                confirming = min(confirming, time.monotonic() + CONFIRMING)
            if time.monotonic() >= deadline:
                raise NotYetError("the transaction is in no block yet; ask again") if running else problem
            if time.monotonic() >= confirming:
                wanted, confirming = len(self._fronts), math.inf
            if time.monotonic() >= patience:
                wanted, patience = len(self._fronts), time.monotonic() + PATIENCE
                self._watch()

    @staticmethod
    def _hand_in(front: Front, tx: str, deadline: float) -> Accepted:
        def left() -> float:
            return max(0.1, deadline - time.monotonic())

        try:
            return front.submit_and_wait(tx, left())
        except RefusedError:
            time.sleep(AGAIN)
            return front.submit_and_wait(tx, left())

    def _watch(self) -> None:
        """Raise the alarm, once, when so many blocks were made without the transaction."""
        height = self._height()
        if not height:
            return
        if self._started_at is None:
            self._started_at = height
        elif height - self._started_at >= ALARM_BLOCKS and not self._alarmed:
            self._alarmed = True
            self._alarm(f"a transaction is still in no block after {height - self._started_at} more blocks were made")
