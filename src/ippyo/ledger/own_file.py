"""What a ledger tells from its own file, whichever engine lets it grow."""

from __future__ import annotations

from collections.abc import Iterator

from ippyo.ledger.blocks import SignedHeader
from ippyo.ledger.chain import Block, Chain
from ippyo.ledger.database import Database
from ippyo.ledger.engine import NotYetError

__all__ = ["OwnFile"]

_BLOCKS_AT_ONCE = 16


class OwnFile:
    """The part of a :class:`~ippyo.ledger.engine.Ledger` that is read from ``database``. For any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, digest: str) -> int | None:
        """Return the index of the transaction whose text has this SHA-256 (in Base64), or None."""
        with self._database.snapshot() as connection:
            return Chain(connection).find(digest)

    def blocks(self, start: int = 1) -> Iterator[Block]:
        """Yield the blocks from height ``start`` to the last one there is; those made meanwhile are included."""
        while True:
            # Short snapshots, so that a slow reader does not keep SQLite from tidying up.
            with self._database.snapshot() as connection:
                page = list(Chain(connection).blocks(start, _BLOCKS_AT_ONCE))
            if not page:
                return
            yield from page
            start += len(page)

    def header(self) -> SignedHeader:
        """Return the last block's header. Raises :class:`NotYetError` before the first block."""
        with self._database.snapshot() as connection:
            last = Chain(connection).last()
        if last is None:
            raise NotYetError("the ledger has no block yet; ask again in a moment")
        return last
