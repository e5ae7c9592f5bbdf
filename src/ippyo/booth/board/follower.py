"""Reads the ledger's blocks into the board's index, as they come.

Every block is held to genesis before it is shown: signed by the log, next in the chain, and with the root that its
transactions give. Whether the rules were kept, the verifier finds out (``ippyo verify``), not the board; but what the
index keeps has the types that its pages rely on, or the board stands still and says so.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Self

from ippyo.ballot.ticket import SIGNATURE_BYTES
from ippyo.booth.board.index import BoardIndex, IndexWriter, Spot, UsedTicket
from ippyo.booth.port import LedgerPort
from ippyo.canonical import fields, loads, unb64
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import TRANSACTION_LIMIT
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError, ParseError
from ippyo.ledger.blocks import Entry, first_previous
from ippyo.ledger.chain import Block, grow
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.poll.result import COUNT_LIMIT

__all__ = ["Follower"]

PAUSE = 1.0
"""Seconds between looks at the ledger."""

_WHAT = "transaction"
BLOCKS_AT_ONCE = 16
CATCH_UP_SECONDS = 5.0


class Follower:
    """Follows in a thread of its own from :meth:`start` to :meth:`stop`; or use it in a ``with``."""

    def __init__(
        self, poll: Poll, facts: LedgerFacts, ledger: LedgerPort, index: BoardIndex, *, pause: float = PAUSE
    ) -> None:
        self._poll = poll
        self._facts = facts
        self._ledger = ledger
        self._index = index
        self._pause = pause
        self._stop = threading.Event()
        self._asked = threading.Event()
        self._rounds = threading.Condition()
        self._round = 0
        self._thread: threading.Thread | None = None
        self._problem = ""

    @property
    def problem(self) -> str:
        """What kept the last round from succeeding: the name of an error, or nothing."""
        return self._problem

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to follow."""
        self._thread = threading.Thread(target=self._run, name="ippyo-booth-follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the blocks that are being read."""
        self._stop.set()
        self._asked.set()
        if self._thread is not None:
            self._thread.join()

    def catch_up(self, seconds: float = CATCH_UP_SECONDS) -> bool:
        """Wait until a look at the ledger that begins now has ended; tell whether it has."""
        if self._thread is None:
            self.follow()
            return True
        with self._rounds:
            # A round that is under way may have asked before.
            wanted = self._round + 2
            self._asked.set()
            return self._rounds.wait_for(lambda: self._round >= wanted or self._stop.is_set(), seconds)

    def _run(self) -> None:
        told = ""
        while not self._stop.is_set():
            self._asked.clear()
            try:
                self.follow()
                self._problem = ""
            except Exception as error:
                # Whatever it is: without this thread the page would hear of no opening and no close.
                self._problem = type(error).__name__
            if self._problem and self._problem != told:
                print(f"ippyo: the board cannot follow the ledger: {self._problem}", file=sys.stderr, flush=True)
            told = self._problem
            with self._rounds:
                self._round += 1
                again = self._asked.is_set()
                self._rounds.notify_all()
            if not again:
                self._asked.wait(self._pause)

    def follow(self) -> None:
        """Read all blocks that are new. Raises :class:`CheckFailedError` for a block that cannot be believed."""
        spot = self._index.spot() or Spot(0, first_previous(self._facts.poll), 0, Frontier())
        blocks = self._ledger.blocks(spot.height + 1)
        while some := _some(blocks):
            with self._index.writing() as writer:
                for block in some:
                    spot = self._add(writer, spot, block)
                writer.stand_at(spot)
            if self._stop.is_set():
                return

    def _add(self, writer: IndexWriter, spot: Spot, block: Block) -> Spot:
        header = block.header
        linked = (header.poll, header.previous, header.height) == (self._facts.poll, spot.hash, spot.height + 1)
        if not linked or not block.signed.verify(self._facts.log) or header.time < spot.time:
            raise CheckFailedError(f"block {spot.height + 1} of the ledger is not the next one of this poll")
        try:
            frontier, _ = grow(spot.frontier, [Entry.of(text) for text in block.transactions])
            if (frontier.size, frontier.root) != (header.size, header.root):
                raise CheckFailedError(f"block {header.height} of the ledger does not hold what its header says")
            for position, text in enumerate(block.transactions, spot.frontier.size):
                self._note(writer, header.time, position, text)
        except (ParseError, KeyError, TypeError, ValueError):
            raise CheckFailedError(
                f"block {header.height} of the ledger holds something else than transactions"
            ) from None
        return Spot(header.height, header.hash, header.time, frontier)

    def _note(self, writer: IndexWriter, time: int, position: int, text: str) -> None:
        """Note a transaction. The ledger has judged it; only what the index keeps is decoded."""
        value = loads(text, what=_WHAT, limit=TRANSACTION_LIMIT)
        match value["type"]:
            case "cast":
                uuids = [ballot["election_uuid"] for ballot in value["ballots"]]
                contests = [self._poll.contests_by_uuid[uuid] for uuid in uuids]
                trackers = dict(zip(contests, Entry.of(text).trackers, strict=True))
                writer.cast(time, position, self._ticket(value), trackers)
            case "spoil":
                writer.spoil(time, self._ticket(value))
            case "surrender":
                writer.surrender(time, self._ticket(value))
            case "tally":
                read = fields(value, _WHAT, "num_tallied", optional=list(value))
                writer.tallied(value["contest"], read.integer("num_tallied", high=COUNT_LIMIT))
            case "result":
                writer.result(value["contest"], value["result"])
            case "open":
                writer.phase("open")
            case "close":
                writer.phase("closed")

    def _ticket(self, transaction: dict[str, Any]) -> UsedTicket:
        read = fields(transaction["ticket"], _WHAT, "style", "credential", "signatures")
        issuers = len(self._poll.genesis.issuers)
        texts = read.texts("signatures", least=issuers, limit=issuers)
        signatures = tuple(unb64(text, what=_WHAT, length=SIGNATURE_BYTES) for text in texts)
        return UsedTicket(read.text("style"), read.text("credential"), signatures)


def _some(blocks: Iterator[Block]) -> Sequence[Block]:
    return list(islice(blocks, BLOCKS_AT_ONCE))
