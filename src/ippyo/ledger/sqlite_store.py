"""The state machine's store, in the same SQLite file as the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ippyo.ledger.database import Database, StorageError

__all__ = ["SqliteStore"]

_PAGE = 1000


class SqliteStore:
    """A :class:`~ippyo.contract.interface.Store`; inside a block's transaction it becomes durable with the block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or None."""
        with self._database.writer() as connection:
            row = connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if row is None else self._bytes(row[0])

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``, in ascending order of key, a page at a time."""
        after: bytes | None = None
        while True:
            with self._database.writer() as connection:
                if after is None:
                    query, bounds = "SELECT key, value FROM state WHERE key >= ? ORDER BY key LIMIT ?", prefix
                else:
                    query, bounds = "SELECT key, value FROM state WHERE key > ? ORDER BY key LIMIT ?", after
                rows = connection.execute(query, (bounds, _PAGE)).fetchall()
            for row in rows:
                key, value = map(self._bytes, row)
                if not key.startswith(prefix):
                    return
                yield key, value
                after = key
            if len(rows) < _PAGE:
                return

    def _bytes(self, value: object) -> bytes:
        # A damaged page may turn a value into one of another type.
        if not isinstance(value, bytes):
            raise StorageError(f"cannot read {self._database.path}: the state is damaged")
        return value

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply all ``changes`` or none; None deletes the key."""
        kept = [(key, value) for key, value in changes.items() if value is not None]
        gone = [(key,) for key, value in changes.items() if value is None]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)", kept)
            connection.executemany("DELETE FROM state WHERE key = ?", gone)
