"""Several operators' nodes as one :class:`~ippyo.ledger.engine.Ledger`: what a quorum of them signed is believed.

A transaction goes to at least two nodes, and to all others when it is not in a block after a while; that it is in a
block, or refused, counts only when so many nodes say so that one of them is honest. Receipts and checkpoints carry the
cosignatures of a quorum, so that they are good without believing anybody here. A node that deviates from the others is
named.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, takewhile
from threading import Lock

from ippyo.contract.genesis import OPERATOR_PREFIX
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError, InputError, IppyoError
from ippyo.ledger.blocks import Entry, SignedHeader, first_previous
from ippyo.ledger.chain import Block, grow
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint
from ippyo.ledger.comet.delivery import Delivery
from ippyo.ledger.comet.panel import Front, Panel
from ippyo.ledger.comet.report import NetworkReport
from ippyo.ledger.comet.watching import look_at_all, operators_of
from ippyo.ledger.engine import Accepted, LedgerStatus, NotYetError
from ippyo.ledger.receipt import Receipt

__all__ = ["OperatorsLedger"]

CALLERS = 64
BLOCKS_AT_ONCE = 4
"""Blocks that are held to what the other nodes show by the header of the last of them."""

TRIES = 8
PAUSE = 0.25

log = logging.getLogger(__name__)


def _log_alarm(message: str) -> None:
    log.error("%s", message)


class OperatorsLedger:
    """The ledger that the nodes behind ``fronts`` keep together. Safe to share between threads; close it.

    ``names`` are the operators' whose fronts they are (``ippyo.node/NAME`` without what is before the slash); without
    them, the fronts stand in the order of genesis. ``alarm`` is told, in a sentence, when a transaction is left out for
    suspiciously many blocks. Raises :class:`InputError` when a name is not one of genesis or stands there twice, when
    only some fronts have names, and when there are more fronts than operators.
    """

    def __init__(
        self,
        facts: LedgerFacts,
        fronts: Sequence[Front],
        *,
        names: Sequence[str] = (),
        alarm: Callable[[str], None] = _log_alarm,
    ) -> None:
        if not fronts:
            raise InputError("no address of an operator's node is given")
        self._owners = _owners(names, list(operators_of(facts)), len(fronts))
        self.facts = facts
        self._panel = Panel(fronts, self._operators_needed())
        self._alarm = alarm
        self._callers = ThreadPoolExecutor(CALLERS, "ippyo-operators-call")
        self._mutex = Lock()
        self._refreshing = Lock()
        self._newest: SignedCheckpoint | None = None

    def __enter__(self) -> OperatorsLedger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the threads."""
        self._callers.shutdown(wait=False, cancel_futures=True)
        self._panel.close()

    def describe(self) -> str:
        """Return one line for the operator."""
        operators = len(self.facts.witnesses)
        return (
            f"comet ledger of {operators} operators: more than two thirds decide, and {self.facts.quorum} must sign; "
            f"{(operators - 1) // 3} may fail or cheat"
        )

    # --- handing in

    def submit(self, tx: str) -> _Waiting:
        """Hand in a transaction; ``result()`` of what is returned waits until it is in a block."""
        return _Waiting(self._callers.submit(self.submit_and_wait, tx))

    def submit_and_wait(self, tx: str, timeout: float | None = None) -> Accepted:
        """Hand in a transaction and wait until so many nodes say where it is that one of them is honest.

        Raises :class:`~ippyo.errors.RefusedError`, :class:`NotYetError`, :class:`~ippyo.ledger.engine.BusyError`, or
        :class:`LedgerStoppedError`.
        """
        panel = self._panel
        delivery = Delivery(panel.in_turn(), panel.start, self._one_honest, self._comet_height, self._alarm)
        return delivery.deliver(tx, timeout)

    def _comet_height(self) -> int:
        """Return a height of CometBFT's that an honest node has reached."""
        reports = self._panel.ask_all(lambda front: front.report())
        return _reached([report.comet_height for report in reports if report is not None], self._one_honest)

    @property
    def _one_honest(self) -> int:
        """So many nodes that at least one of them is honest, if the poll can be trusted at all."""
        return min(len(self.facts.witnesses) - self.facts.quorum + 1, len(self._panel.fronts))

    # --- reading what a quorum signed

    def checkpoint(self) -> SignedCheckpoint:
        """Return the largest checkpoint that a quorum signs. Raises :class:`NotYetError`."""
        seen = [signed for signed in self._panel.ask_all(lambda front: front.checkpoint()) if signed is not None]
        sizes = sorted((signed.checkpoint.size for signed in seen), reverse=True)
        needed = self._operators_needed()
        if len(sizes) < needed:
            raise NotYetError(f"{len(sizes)} operators answer, and {needed} must sign; ask again in a moment")
        return self._cosigned(sizes[needed - 1])

    def _operators_needed(self) -> int:
        return max(1, min(self.facts.quorum, len(self.facts.witnesses)))

    def _cosigned(self, size: int) -> SignedCheckpoint:
        """Return the checkpoint of ``size`` with the cosignatures of a quorum."""
        with self._mutex:
            if self._newest is not None and self._newest.checkpoint.size == size:
                return self._newest
        signed = self._merged(self._panel.ask_all(lambda front: front.checkpoint(size)))
        with self._mutex:
            if self._newest is None or self._newest.checkpoint.size < size:
                self._newest = signed
        return signed

    def _merged(self, answers: Sequence[SignedCheckpoint | None]) -> SignedCheckpoint:
        by_root: dict[bytes, SignedCheckpoint] = {}
        for answer in answers:
            if answer is None:
                continue
            root = answer.checkpoint.root
            known = by_root.get(root)
            # Lines that are not true are dropped: nobody can spoil the others' checkpoint by a false one.
            joined = answer if known is None else known.with_signatures(answer.note.signatures)
            by_root[root] = joined.of_known_keys(self.facts)
        if len(by_root) > 1:
            log.error("operators show %d different ledgers of one size", len(by_root))
        for signed in sorted(by_root.values(), key=lambda one: -one.cosigners(self.facts)):
            try:
                signed.verify(self.facts)
            except CheckFailedError:
                continue
            return signed
        raise NotYetError("too few operators have signed one and the same ledger yet; ask again in a moment")

    def receipt(self, index: int) -> Receipt:
        """Return the receipt of a transaction, verified. Raises :class:`NotYetError` while too few operators sign."""
        signed = self._covering(index)
        if signed.checkpoint.size <= index:
            raise NotYetError("too few operators have this transaction yet; ask again in a moment")
        for receipt in self._panel.answers_in_turn(lambda front: front.receipt(index, signed.checkpoint.size)):
            try:
                receipt = Receipt(self.facts.poll, receipt.entry, index, receipt.proof, signed)  # noqa: PLW2901
                receipt.verify(self.facts)
            except IppyoError:
                continue
            return receipt
        raise NotYetError("no operator has shown a true receipt of this transaction; ask again in a moment")

    def _covering(self, index: int) -> SignedCheckpoint:
        """Return a checkpoint with this transaction if there is one; many who wait for it ask the nodes once."""
        with self._refreshing:
            with self._mutex:
                newest = self._newest
            return newest if newest is not None and newest.checkpoint.size > index else self.checkpoint()

    def blocks(self, start: int = 1) -> Iterator[Block]:
        """Yield the blocks from height ``start`` up to a checkpoint that a quorum signed, from one node that has them.

        Headers are held to the log's key, to each other, and to what so many nodes show that one of them is honest;
        from the first block on, transactions are held to the headers, and the last root to the checkpoint. Raises
        :class:`CheckFailedError` before the first block that is false.
        """
        signed = self.checkpoint()
        size = signed.checkpoint.size
        front = next(self._panel.answers_in_turn(lambda front: front if front.report().size >= size else None), None)
        if front is None:
            raise NotYetError("no operator shows so many blocks; ask again in a moment")
        frontier, previous = Frontier(), first_previous(self.facts.poll)
        blocks = takewhile(lambda block: block.header.size <= size, front.blocks(start))
        while some := list(islice(blocks, BLOCKS_AT_ONCE)):
            for block in some:
                header = block.header
                linked = header.previous == previous or (start > 1 and header.height == start)
                if not (block.signed.verify(self.facts.log) and header.poll == self.facts.poll and linked):
                    raise CheckFailedError(f"{front.describe()}: block {header.height} is false")
                previous = header.hash
                if start == 1:
                    frontier, _ = grow(frontier, [Entry.of(tx) for tx in block.transactions])
                    if (frontier.size, frontier.root) != (header.size, header.root):
                        raise CheckFailedError(f"{front.describe()}: block {header.height} has other transactions")
            # Every operator has the log's key, and could sign a history of its own with it.
            if self.header(header.height) != some[-1].signed:
                raise CheckFailedError(f"{front.describe()}: block {header.height} is not the one that the others have")
            yield from some
        if start == 1 and (frontier.size, frontier.root) != (size, signed.checkpoint.root):
            raise CheckFailedError(f"{front.describe()}: its blocks are not those that the operators signed")

    def find(self, digest: str) -> int | None:
        """Return the index of the transaction with this hash, as an honest node gives it or a receipt proves it.

        Raises :class:`NotYetError` when it is not found, and too few nodes answer to say that it is nowhere.
        """
        answers = [one for one in self._panel.ask_all(lambda front: (front.find(digest),)) if one is not None]
        found = Counter(index for (index,) in answers if index is not None)
        for index, nodes in found.most_common():
            if nodes >= self._one_honest:
                return index
            try:
                if self.receipt(index).entry.digest == digest:
                    return index
            except IppyoError:
                continue
        if len(answers) - found.total() < self._one_honest:
            raise NotYetError("too few operators say whether the transaction is there; ask again in a moment")
        return None

    def header(self, height: int | None = None) -> SignedHeader:
        """Return the header of block ``height``, or of the last block, that so many nodes show that one is honest.

        It is true to the log's key. Raises :class:`NotYetError` before there is such a block, and while nodes differ.
        """
        for attempt in range(TRIES):
            reports = self._panel.ask_all(lambda front: front.report(height))
            shown = Counter(
                header
                for header in (report.header for report in reports if report is not None)
                if header is not None
                and header.header.poll == self.facts.poll
                and height in {None, header.header.height}
                and header.verify(self.facts.log)
            )
            if shown and shown.most_common(1)[0][1] >= self._one_honest:
                return shown.most_common(1)[0][0]
            time.sleep(PAUSE * (attempt + 1) / TRIES)
        raise NotYetError("the operators do not show one and the same block; ask again in a moment")

    def query(self, path: str, data: str = "") -> str:
        """Ask the contract; the answer is one that so many nodes give that one of them is honest.

        Raises :class:`InputError` for an impossible question, :class:`NotYetError` while nodes differ.
        """
        needed = self._one_honest
        for attempt in range(TRIES):
            problems: list[IppyoError] = []
            answers = Counter(
                answer
                for answer in self._panel.ask_all(lambda front: front.query(path, data), problems)
                if answer is not None
            )
            if answers and answers.most_common(1)[0][1] >= needed:
                return answers.most_common(1)[0][0]
            unusable = [problem for problem in problems if isinstance(problem, InputError)]
            if len(unusable) >= needed:
                raise unusable[0]
            # Between two blocks nodes are a moment apart.
            time.sleep(PAUSE * (attempt + 1) / TRIES)
        if not answers:
            raise NotYetError("no operator's node answers; look whether they run")
        raise NotYetError("the operators do not agree on an answer; ask again in a moment")

    def status(self) -> LedgerStatus:
        """Return how the ledger stands: the furthest block that a quorum of nodes has, and who deviates."""
        network = self.network()
        headers = Counter(
            header for one in network.operators if one.agrees for header in {h.header for h in one.sighting.headers}
        )
        needed = self._operators_needed()
        agreed = [header for header, seen in headers.items() if seen >= needed]
        last = max(agreed, key=lambda header: header.height, default=None)
        failure = "" if network.goes_on else "too few operators' nodes run and agree: no block can be made"
        deviants = ", ".join(network.deviants)
        return LedgerStatus(
            poll=self.facts.poll,
            height=last.height if last else 0,
            size=last.size if last else 0,
            root=last.root if last else Frontier().root,
            state=last.state if last else "",
            time=last.time if last else 0,
            cosigned=last.size if last else 0,
            waiting=0,
            failure=failure or (f"other than the others: {deviants}" if deviants else ""),
        )

    def network(self) -> NetworkReport:
        """Return how the operators' nodes stand beside each other, in the order of genesis."""
        return look_at_all(self.facts, self._panel, self._owners)


def _owners(names: Sequence[str], known: Sequence[str], fronts: int) -> tuple[str, ...]:
    """Return whose the fronts are, of the operators ``known``. Raises :class:`InputError`."""
    if fronts > len(known):
        raise InputError(f"there are {fronts} addresses, and {len(known)} operators")
    if not names:
        return tuple(known[:fronts])
    if len(names) != fronts:
        raise InputError("either every address has its operator's name, as NAME=URL, or none has")
    owners = tuple(OPERATOR_PREFIX + name for name in names)
    for name, owner in zip(names, owners, strict=True):
        if owner not in known:
            raise InputError(f"genesis names no operator {name!r}")
        if owners.count(owner) > 1:
            raise InputError(f"the operator {name!r} has two addresses")
    return owners


def _reached(heights: Sequence[int], nodes: int) -> int:
    """Return the largest height that at least so many ``nodes`` have; 0 where fewer answer."""
    return sorted(heights, reverse=True)[nodes - 1] if len(heights) >= nodes else 0


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
