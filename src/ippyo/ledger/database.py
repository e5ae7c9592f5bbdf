"""One SQLite file that holds a ledger and the state its rules keep, written by one process (docs/protocol.md §11).

The engine and the state machine's store share one writing connection. A transaction that one of them opens the other
joins, so that block, tree and state are durable together or not at all. Readers have connections of their own, and see
the last committed block while the next one is being written.

Whatever SQLite says of a damaged file becomes a :class:`StorageError`. A file restored from an old copy is not damaged,
and nothing here can tell: the next witness that is asked to cosign does (see :mod:`ippyo.ledger.embedded`).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from ippyo.errors import InputError, IppyoError
from ippyo.files import reason

__all__ = ["Database", "DatabaseReader", "FileLock", "StorageError", "resolved"]

_FORMAT = 1
_IDLE_READERS = 16
"""Connections kept for readers. After each block all who wait for it read at once, and opening one takes longer."""

_SCHEMA = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE block (height INTEGER PRIMARY KEY, line TEXT NOT NULL);
CREATE TABLE tx (position INTEGER PRIMARY KEY, digest BLOB NOT NULL, text TEXT NOT NULL);
CREATE INDEX tx_by_digest ON tx (digest);
CREATE TABLE node (level INTEGER, number INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, number)) WITHOUT ROWID;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, cosigners INTEGER NOT NULL, note TEXT NOT NULL);
CREATE TABLE state (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


# Of a damaged file SQLite may say something that is no text itself.
_SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


def _words(error: Exception) -> str:
    return "the file is damaged" if isinstance(error, UnicodeDecodeError) else str(error)


class StorageError(IppyoError):
    """The disk does not take or give back what it should: full, read-only, broken."""


def resolved(path: Path) -> Path:
    """Return the one name of a file, to which all links to it lead: what is locked by another is not locked.

    Raises :class:`~ippyo.errors.InputError` if the links lead in a circle, or the folder is not there.
    """
    try:
        name = path.resolve()
        if not name.parent.is_dir():
            raise InputError(f"the folder {name.parent} does not exist")
    except (OSError, RuntimeError) as error:
        why = reason(error) if isinstance(error, OSError) else "its links lead in a circle"
        raise InputError(f"cannot use {path}: {why}") from None
    return name


class FileLock:
    """Keeps two processes (and two parts of one) from owning the same file. The system frees it when a process dies.

    The lock is SQLite's own on an empty file ``<path>.lock``, because that works the same on every system.
    """

    def __init__(self, path: Path) -> None:
        lock = path.with_name(path.name + ".lock")
        try:
            self._connection = sqlite3.connect(lock, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise StorageError(f"cannot create {lock}: {error}") from None
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            self._connection.close()
            if "locked" in str(error):
                raise InputError(f"{path} is in use by another process; stop that one first") from None
            raise StorageError(f"cannot lock {lock}: {error}") from None

    def release(self) -> None:
        """Let go. The empty lock file stays, for removing it would race with the next owner."""
        self._connection.close()


class DatabaseReader:
    """A ledger's file, opened for reading, also while another process writes it. Close it, or use it in a ``with``."""

    def __init__(self, path: Path) -> None:
        """Open the ledger's file at ``path``, which must be there.

        Raises :class:`~ippyo.errors.InputError` if it is not a ledger, :class:`StorageError` if it cannot be read.
        """
        try:
            there = path.is_file()
        except OSError as error:
            raise InputError(f"cannot read {path}: {reason(error)}") from None
        if not there:
            raise InputError(f"there is no ledger {path}")
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._idle_mutex = threading.Lock()
        with self.snapshot() as connection:
            version = _format_of(connection)
        if version != _FORMAT:
            self.close()
            raise InputError(_other_format(path, version))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; it must not be used any more."""
        with self._idle_mutex:
            for connection in self._idle:
                connection.close()
            self._idle.clear()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Lend a reading connection that sees one committed state, whatever is written meanwhile."""
        connection = self._reader()
        try:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except _SQLITE_ERRORS as error:
            connection.close()
            raise StorageError(f"cannot read {self.path}: {_words(error)}") from error
        except BaseException:
            connection.close()
            raise
        with self._idle_mutex:
            if len(self._idle) < _IDLE_READERS:
                self._idle.append(connection)
                return
        connection.close()

    def _reader(self) -> sqlite3.Connection:
        with self._idle_mutex:
            if self._idle:
                return self._idle.pop()
        connection = _connect(self.path)
        connection.execute("PRAGMA query_only = ON")
        return connection


class Database(DatabaseReader):
    """The one owner of the file: it alone writes. Close it, or use it in a ``with``."""

    def __init__(self, path: Path) -> None:
        """Open the ledger's file at ``path``, creating it if it is not there.

        Raises :class:`~ippyo.errors.InputError` if another process has it or it is not a ledger, and
        :class:`StorageError` if it cannot be read and written.
        """
        path = resolved(path)
        self._mutex = threading.RLock()
        self._depth = 0
        self._lock = FileLock(path)
        try:
            self._writer = _connect(path)
            try:
                self._prepare(path)
                super().__init__(path)
            except BaseException:
                self._writer.close()
                raise
        except _SQLITE_ERRORS as error:
            self._lock.release()
            raise StorageError(f"{path} cannot be opened as a ledger: {_words(error)}") from None
        except BaseException:
            self._lock.release()
            raise

    def _prepare(self, path: Path) -> None:
        self._writer.execute("PRAGMA journal_mode = WAL")
        # Without FULL, a committed block could be lost with the power, after its receipt was given.
        self._writer.execute("PRAGMA synchronous = FULL")
        version = _format_of(self._writer)
        if version == 0:
            if self._writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise InputError(f"{path} is a database of something else")
            self._writer.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA.split(";"):
                self._writer.execute(statement)
            self._writer.execute(f"PRAGMA user_version = {_FORMAT}")
            self._writer.execute("COMMIT")
        elif version != _FORMAT:
            raise InputError(_other_format(path, version))

    def close(self) -> None:
        """Close the file and let another process own it."""
        super().close()
        with self._mutex:
            self._writer.close()
        self._lock.release()

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """Lend the writing connection, to one thread at a time; it sees what an open transaction has written."""
        with self._mutex:
            try:
                yield self._writer
            except _SQLITE_ERRORS as error:
                raise StorageError(f"cannot read {self.path}: {_words(error)}") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Make all that is written inside durable together; within another transaction of this thread, join it.

        When the outermost one is left normally, the data are on the disk. Raises :class:`StorageError` if they could
        not be written; then nothing of it is.
        """
        with self._mutex:
            if self._depth:
                yield self._writer
                return
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                self._depth = 1
                yield self._writer
                self._writer.execute("COMMIT")
            except _SQLITE_ERRORS as error:
                self._rollback()
                raise StorageError(
                    f"cannot write {self.path}: {_words(error)}; check the disk's space and rights"
                ) from error
            except BaseException:
                self._rollback()
                raise
            finally:
                self._depth = 0

    def _rollback(self) -> None:
        # SQLite has rolled back by itself after some errors, such as a full disk; with a damaged file it may be unable
        # to, and then it refuses the next transaction.
        if self._writer.in_transaction:
            with suppress(*_SQLITE_ERRORS):
                self._writer.execute("ROLLBACK")


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    except _SQLITE_ERRORS as error:
        raise StorageError(f"cannot open {path}: {_words(error)}") from None


def _format_of(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _other_format(path: Path, version: int) -> str:
    return f"{path} is a ledger of format {version}, and this program knows format {_FORMAT}"
