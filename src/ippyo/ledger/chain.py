"""The durable chain: blocks, transactions, tree and checkpoints as rows of the ledger's database.

:class:`Chain` reads, over one connection; :func:`append_block` and its like write, inside a transaction of the
:class:`~ippyo.ledger.database.Database`. Which engine ordered the transactions makes no difference here.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ippyo.canonical import unb64
from ippyo.crypto.merkle import HASH_LENGTH, Frontier, Node, consistency_proof, inclusion_proof
from ippyo.errors import InputError
from ippyo.ledger.blocks import BlockHeader, Entry, SignedHeader, first_previous
from ippyo.ledger.checkpoint import LedgerFacts, SignedCheckpoint

__all__ = [
    "DOCUMENT",
    "Block",
    "Chain",
    "append_block",
    "begin_chain",
    "grow",
    "next_header",
    "put_checkpoint",
    "put_cosigned",
    "put_facts",
]

DOCUMENT = "document/"
"""Facts whose name begins so are the record's files."""
CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its transactions; ``first`` is the position of the first of them."""

    signed: SignedHeader
    first: int
    transactions: tuple[str, ...]

    @property
    def header(self) -> BlockHeader:
        """The header."""
        return self.signed.header


class Chain:
    """Everything there is to read of a ledger, in the state that ``connection`` sees."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fact(self, name: str) -> str | None:
        """Return a text that was kept when the ledger was created."""
        row = self._connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def last(self) -> SignedHeader | None:
        """Return the header of the last block."""
        row = self._connection.execute("SELECT line FROM block ORDER BY height DESC LIMIT 1").fetchone()
        return None if row is None else SignedHeader.from_text(str(row[0]))

    @property
    def size(self) -> int:
        """The number of transactions."""
        last = self.last()
        return last.header.size if last else 0

    def headers(self, start: int = 1) -> Iterator[SignedHeader]:
        """Yield the headers from height ``start`` on."""
        rows = self._connection.execute("SELECT line FROM block WHERE height >= ? ORDER BY height", (start,))
        for (line,) in rows:
            yield SignedHeader.from_text(str(line))

    def transactions(self, start: int = 0, end: int | None = None) -> Iterator[str]:
        """Yield the transactions at the positions ``start`` to ``end - 1``."""
        rows = self._connection.execute(
            "SELECT text FROM tx WHERE position >= ? AND position < ? ORDER BY position",
            (start, self.size if end is None else end),
        )
        for (text,) in rows:
            yield str(text)

    def blocks(self, start: int = 1, count: int | None = None) -> Iterator[Block]:
        """Yield up to ``count`` blocks from height ``start`` on."""
        first = self._size_before(start)
        for number, signed in enumerate(self.headers(start)):
            if number == count:
                return
            yield Block(signed, first, tuple(self.transactions(first, signed.header.size)))
            first = signed.header.size

    def _size_before(self, height: int) -> int:
        row = self._connection.execute("SELECT line FROM block WHERE height = ?", (height - 1,)).fetchone()
        return 0 if row is None else SignedHeader.from_text(str(row[0])).header.size

    def transaction(self, position: int) -> str:
        """Return the transaction at ``position``."""
        row = self._connection.execute("SELECT text FROM tx WHERE position = ?", (position,)).fetchone()
        if row is None:
            raise InputError(f"the ledger has no transaction {position}")
        return str(row[0])

    def height_of(self, position: int) -> int:
        """Return the height of the block that holds the transaction at ``position``."""
        last = self.last()
        if last is None or not 0 <= position < last.header.size:
            raise InputError(f"the ledger has no transaction {position}")
        # Heights go from 1 on without a gap, and sizes grow with them.
        heights = range(1, last.header.height + 1)
        return heights[bisect_right(heights, position, key=lambda height: self._size_before(height + 1))]

    def find(self, digest: str) -> int | None:
        """Return the position of the transaction whose text hashes to ``digest``, the first if there are several."""
        raw = unb64(digest, what="transaction hash", length=HASH_LENGTH)
        row = self._connection.execute("SELECT min(position) FROM tx WHERE digest = ?", (raw,)).fetchone()
        return None if row[0] is None else int(row[0])

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete node of the tree."""
        row = self._connection.execute(
            "SELECT hash FROM node WHERE level = ? AND number = ?", (level, index)
        ).fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise InputError(f"the ledger's tree lacks node {index} of level {level}; the file is damaged")
        return row[0]

    def frontier(self) -> Frontier:
        """Return the tree as it stands."""
        return Frontier.at(self.size, self.node)

    def inclusion_proof(self, position: int, size: int) -> tuple[bytes, ...]:
        """Return the proof that the entry at ``position`` is in the tree of ``size``."""
        self._require(size)
        try:
            return tuple(inclusion_proof(position, size, self.node))
        except ValueError as error:
            raise InputError(str(error)) from None

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of size ``new`` extends that of size ``old``."""
        self._require(new)
        try:
            return tuple(consistency_proof(old, new, self.node))
        except ValueError as error:
            raise InputError(str(error)) from None

    def _require(self, size: int) -> None:
        if size > self.size:
            raise InputError(f"the ledger has {self.size} transactions, not {size}")

    def cosigned(self, size: int) -> SignedCheckpoint | None:
        """Return the checkpoint of just this size, if a witness cosigned it."""
        row = self._connection.execute("SELECT note FROM checkpoint WHERE size = ?", (size,)).fetchone()
        return None if row is None else SignedCheckpoint.from_text(str(row[0]))

    def newest_cosigned(self, least: int) -> SignedCheckpoint | None:
        """Return the newest checkpoint that at least ``least`` witnesses cosigned."""
        query = "SELECT note FROM checkpoint WHERE cosigners >= ? ORDER BY size DESC LIMIT 1"
        row = self._connection.execute(query, (least,)).fetchone()
        return None if row is None else SignedCheckpoint.from_text(str(row[0]))

    def checkpoint(self) -> SignedCheckpoint:
        """Return the checkpoint of the last block, with the cosignatures there are."""
        note = self.fact(CHECKPOINT)
        if note is None:
            raise InputError("the ledger has not begun: it has no checkpoint")
        signed = SignedCheckpoint.from_text(note)
        return self.cosigned(signed.checkpoint.size) or signed


def next_header(poll: str, previous: SignedHeader | None, time: int, frontier: Frontier, state: str) -> BlockHeader:
    """Return the header that follows ``previous``; ``frontier`` and ``state`` are those after the block."""
    height, link = (previous.header.height + 1, previous.header.hash) if previous else (1, first_previous(poll))
    return BlockHeader(poll, height, time, link, frontier.size, frontier.root, state)


def grow(frontier: Frontier, entries: Sequence[Entry]) -> tuple[Frontier, list[Node]]:
    """Add ``entries`` to the tree; return it and the nodes they complete."""
    nodes: list[Node] = []
    for entry in entries:
        frontier, completed = frontier.append(entry.leaf)
        nodes += completed
    return frontier, nodes


def begin_chain(connection: sqlite3.Connection, facts: LedgerFacts, documents: Mapping[str, str]) -> bool:
    """Keep what identifies the ledger, if it is new, and tell whether it was; otherwise it must be the same.

    Raises :class:`~ippyo.errors.InputError` if it is the ledger of another poll.
    """
    identity = {"poll": facts.poll, "log": facts.log.to_text()}
    identity |= {DOCUMENT + name: text for name, text in documents.items()}
    chain = Chain(connection)
    if chain.fact("poll") is None:
        put_facts(connection, identity)
        return True
    for name, text in identity.items():
        if chain.fact(name) != text:
            raise InputError(f"this is the ledger of another poll: its {name} differs")
    return False


def append_block(connection: sqlite3.Connection, block: Block, entries: Sequence[Entry], nodes: Sequence[Node]) -> None:
    """Write a block, within the caller's transaction. ``nodes`` are those that its entries complete."""
    connection.execute("INSERT INTO block (height, line) VALUES (?, ?)", (block.header.height, block.signed.to_text()))
    numbered = enumerate(zip(block.transactions, entries, strict=True), block.first)
    connection.executemany(
        "INSERT INTO tx (position, digest, text) VALUES (?, ?, ?)",
        [(position, unb64(entry.digest, what="entry"), text) for position, (text, entry) in numbered],
    )
    connection.executemany(
        "INSERT INTO node (level, number, hash) VALUES (?, ?, ?)", [(n.level, n.index, n.hash) for n in nodes]
    )


def put_facts(connection: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    """Keep texts by name, within the caller's transaction."""
    connection.executemany("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", sorted(facts.items()))


def put_checkpoint(connection: sqlite3.Connection, signed: SignedCheckpoint) -> None:
    """Keep the log's own checkpoint of the last block, within the caller's transaction."""
    put_facts(connection, {CHECKPOINT: signed.to_text()})


def put_cosigned(connection: sqlite3.Connection, signed: SignedCheckpoint, facts: LedgerFacts) -> None:
    """Keep a checkpoint with verified cosignatures, within the caller's transaction.

    Once enough witnesses have cosigned it, the older ones are of no use and forgotten.
    """
    size, cosigners = signed.checkpoint.size, signed.cosigners(facts)
    query = "INSERT OR REPLACE INTO checkpoint (size, cosigners, note) VALUES (?, ?, ?)"
    connection.execute(query, (size, cosigners, signed.to_text()))
    if cosigners >= facts.quorum:
        connection.execute("DELETE FROM checkpoint WHERE size < ?", (size,))
