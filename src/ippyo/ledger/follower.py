"""Following a ledger from elsewhere: every block is executed again before anything of it is believed.

Works with either engine, over anything that yields blocks. What has been followed is kept in a file, so that a restart
goes on where it stopped; each block is durable there before the next one is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from ippyo.contract.interface import BlockContext, StateMachine, Store
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError
from ippyo.ledger.blocks import Entry, SignedHeader
from ippyo.ledger.chain import Block, Chain, append_block, begin_chain, grow, next_header
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.engine import NotYetError
from ippyo.ledger.sqlite_store import SqliteStore

__all__ = ["Follower", "WrongBlockError"]


class WrongBlockError(CheckFailedError):
    """A block does not follow from what is before it, by the rules: the ledger it is from is not to be believed."""


class Follower:
    """Keeps, in ``database``, what has been executed of the ledger of ``facts``."""

    def __init__(
        self,
        database: Database,
        facts: LedgerFacts,
        machine: Callable[[Store], StateMachine],
        documents: Mapping[str, str],
    ) -> None:
        """Go on where the file stops. Raises :class:`~ippyo.errors.InputError` if it is another poll's."""
        self.facts = facts
        self._database = database
        self._machine = machine(SqliteStore(database))
        with database.transaction() as connection:
            begin_chain(connection, facts, documents)
            chain = Chain(connection)
            self._last: SignedHeader | None = chain.last()
            self._frontier = chain.frontier()
        self._mutex = Lock()

    @property
    def height(self) -> int:
        """The height of the last block that was executed."""
        return self._last.header.height if self._last else 0

    @property
    def size(self) -> int:
        """The number of transactions that were executed."""
        return self._frontier.size

    def add(self, block: Block) -> None:
        """Execute the next block and keep it. Raises :class:`WrongBlockError`; then nothing has changed."""
        header, texts = block.header, block.transactions
        name = f"block {header.height}"
        if not texts or not block.signed.verify(self.facts.log):
            raise WrongBlockError(f"{name} is empty, or not signed by {self.facts.log.name}")
        if self._last is not None and header.time < self._last.header.time:
            raise WrongBlockError(f"{name} is earlier than the one before it")
        with self._mutex:
            verdicts, state = self._machine.apply(BlockContext(self.height + 1, header.time), texts)
            for verdict in verdicts:
                if not verdict.accepted:
                    raise WrongBlockError(f"{name} holds a transaction that the rules refuse: {verdict.code}")
            entries = [Entry.of(text) for text in texts]
            frontier, nodes = grow(self._frontier, entries)
            if header != next_header(self.facts.poll, self._last, header.time, frontier, state):
                raise WrongBlockError(f"{name} is not what follows from what is before it")
            kept = Block(block.signed, self._frontier.size, texts)
            with self._database.transaction() as connection:
                append_block(connection, kept, entries, nodes)
                self._machine.commit()
            self._last, self._frontier = block.signed, frontier

    def root_at(self, size: int) -> bytes:
        """Return the root after ``size`` transactions. Raises :class:`NotYetError` if that many are not there yet."""
        if size > self.size:
            raise NotYetError(f"{self.size} transactions have been followed, not {size}; ask again in a moment")
        with self._database.snapshot() as connection:
            return Frontier.at(size, Chain(connection).node).root

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of ``new`` extends that of ``old``."""
        with self._database.snapshot() as connection:
            return Chain(connection).consistency_proof(old, new)
