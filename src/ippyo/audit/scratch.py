"""A temporary database for one verification: what does not have to be in memory is here. Gone when the work is over.

It holds the store of the re-executed contract, and the verifier's own books of coins, which share nothing with it.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ippyo.errors import InputError

__all__ = ["Scratch", "ScratchStore"]

_CACHE_KIB: Final = 32 * 1024
_PAGE: Final = 1000

_SCHEMA: Final = """
CREATE TABLE state (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE coin (credential TEXT PRIMARY KEY, drawer INTEGER NOT NULL, style TEXT NOT NULL,
    casts INTEGER NOT NULL DEFAULT 0, last INTEGER NOT NULL DEFAULT 0,
    surrendered INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE latest (credential TEXT, contest TEXT, tracker TEXT NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (credential, contest)) WITHOUT ROWID;
"""


class Scratch:
    """The database. Its file has no name once it is open, so that nothing is left however this process ends."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            descriptor, name = tempfile.mkstemp(prefix="ippyo-verify-")
            os.close(descriptor)
            self._path = Path(name)
            self._connection = sqlite3.connect(name, isolation_level=None)
            # Nothing here outlives this process: no journal, no waiting for the disk, one transaction for everything.
            for pragma in (
                "journal_mode = OFF",
                "synchronous = OFF",
                f"cache_size = -{_CACHE_KIB}",
                "locking_mode = EXCLUSIVE",
            ):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(_SCHEMA)
            self._connection.execute("BEGIN")
        except (OSError, sqlite3.Error) as error:
            self._close()
            raise InputError(
                f"cannot create a temporary file: {error}; set TMPDIR to a folder with more room"
            ) from None
        self._unlink()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._close()
        if isinstance(error, sqlite3.Error):
            raise InputError(f"cannot write a temporary file: {error}; set TMPDIR to a folder with more room") from None

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._unlink()

    def _unlink(self) -> None:
        if self._path is not None:
            # Where an open file cannot be removed, it is when it is closed.
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    @property
    def connection(self) -> sqlite3.Connection:
        """The one connection."""
        assert self._connection is not None, "used outside of its with"
        return self._connection


class ScratchStore:
    """A :class:`~ippyo.contract.interface.Store` in a scratch database."""

    def __init__(self, scratch: Scratch) -> None:
        self._connection = scratch.connection

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or None."""
        row = self._connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the pairs whose key starts with ``prefix``, in ascending order of key, a page at a time."""
        query, start = "SELECT key, value FROM state WHERE key >= ? ORDER BY key LIMIT ?", prefix
        while rows := self._connection.execute(query, (start, _PAGE)).fetchall():
            for key, value in rows:
                if not key.startswith(prefix):
                    return
                yield key, value
            query, start = "SELECT key, value FROM state WHERE key > ? ORDER BY key LIMIT ?", rows[-1][0]

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply all ``changes``; None deletes the key."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)",
            [(key, value) for key, value in changes.items() if value is not None],
        )
        self._connection.executemany(
            "DELETE FROM state WHERE key = ?", [(key,) for key, value in changes.items() if value is None]
        )
