"""The outbox: what voters handed in, durable before they are told so, until the ledger has it and its receipt is there.

One SQLite file, written with ``synchronous=FULL``. A row holds the hash of a text, its state, and the text itself only
as long as it is needed; besides, the hour (never a finer time) of its last change, so that old rows can be removed.
There is nothing in it that tells who sent a text or from where.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Self

from ippyo.booth.gateway.entrance import Admitted
from ippyo.canonical import sha256
from ippyo.errors import InputError, RefusedError
from ippyo.ledger.database import FileLock

__all__ = ["Counts", "Item", "ItemState", "Outbox", "count_outbox"]

MAX_WAITING = 50_000
"""Texts that may wait: some 500 MB of ballots, an hour of a large town's votes."""

MAX_WAITING_OF_ONE = 4
"""Texts of one credential that may wait, so that no voter can keep the others out."""

HOUR = 3600
KEPT_HOURS = 48
"""How long it is told what became of a text whose receipt is there, or that was refused. The ledger knows it longer."""

_SCHEMA = """
CREATE TABLE item (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    state TEXT NOT NULL,
    hour INTEGER NOT NULL,
    holder BLOB,
    text TEXT,
    place INTEGER,
    code TEXT
);
CREATE INDEX item_by_holder ON item (holder) WHERE holder IS NOT NULL;
CREATE INDEX item_by_state ON item (state, number);
CREATE INDEX item_by_hour ON item (hour);
"""
_FORMAT = 1


class ItemState(Enum):
    """How far a text has come."""

    WAITING = "waiting"
    """It is on this disk."""
    ACCEPTED = "accepted"
    """It is on the ledger, but there is no receipt yet."""
    DONE = "done"
    """The receipt is there; the text is forgotten."""
    REFUSED = "refused"
    """The ledger refused it; the text is forgotten."""


@dataclass(frozen=True, slots=True)
class Item:
    """What became of the text with hash ``id``. ``index`` is its place on the ledger, ``code`` a refusal's."""

    id: bytes
    state: ItemState
    index: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many texts are in which state; ``oldest_hour`` is when the longest waiting one came (seconds since 1970)."""

    waiting: int
    accepted: int
    done: int
    refused: int
    oldest_hour: int | None

    def to_value(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "waiting": self.waiting,
            "accepted": self.accepted,
            "done": self.done,
            "refused": self.refused,
            "oldest_hour": self.oldest_hour,
        }


class Outbox:
    """The file at ``path``, owned by one process. Use it in a ``with``. Safe to share between threads.

    Every method raises :class:`RefusedError` ``busy`` while the disk takes or gives nothing.
    """

    def __init__(self, path: Path, *, most: int = MAX_WAITING, most_of_one: int = MAX_WAITING_OF_ONE) -> None:
        """Open or create the file. Raises :class:`InputError` if it cannot be, or is something else."""
        self._path = path
        self._most = most
        self._most_of_one = most_of_one
        self._mutex = threading.Lock()
        self._arrived = threading.Condition()
        self._news = 0
        # Only one booth may send what is in this file.
        self._lock = FileLock(path)
        try:
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            # Without FULL, a text could be lost with the power after its voter was told that it is kept.
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")
            self._prepare()
        except sqlite3.Error as error:
            self._lock.release()
            raise InputError(f"cannot open the outbox {path}: {error}") from None
        except InputError:
            self._lock.release()
            raise

    def _prepare(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version = {_FORMAT};COMMIT;")
        elif version != _FORMAT:
            raise InputError(f"the outbox {self._path} is of another version; let that version empty it first")
        self._waiting = self._count(ItemState.WAITING)
        self._newest = int(self._db.execute("SELECT coalesce(max(number), 0) FROM item").fetchone()[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._mutex:
            self._db.close()
        self._lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Make what is written durable together, or nothing of it."""
        with self._mutex:
            waiting = self._waiting
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException as error:
                # Also what was counted before the disk refused the last step.
                self._waiting = waiting
                with suppress(sqlite3.Error):
                    self._db.rollback()
                if isinstance(error, sqlite3.Error):
                    raise RefusedError("busy", f"the outbox cannot be written: {error}") from None
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Read between two writers."""
        with self._mutex:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise RefusedError("busy", f"the outbox cannot be read: {error}") from None

    def put(self, admitted: Admitted) -> Item:
        """Keep a text; when this returns, it is on the disk. A text that is there already stays as it is.

        A text that was refused is tried again. Raises :class:`RefusedError` ``busy`` when too many wait.
        """
        holder = sha256(admitted.credential)
        with self._transaction() as db:
            known = self._find(admitted.digest)
            if known is not None and known.state is not ItemState.REFUSED:
                return known
            if self._waiting >= self._most:
                raise RefusedError("busy")
            row = db.execute("SELECT count(*) FROM item WHERE holder = ?", (holder,)).fetchone()
            if row[0] >= self._most_of_one:
                raise RefusedError("busy")
            db.execute("DELETE FROM item WHERE id = ?", (admitted.digest,))
            # No number twice, as the database by itself would give after the newest row went: its reader is past it.
            self._newest += 1
            db.execute(
                "INSERT INTO item (number, id, state, hour, holder, text) VALUES (?, ?, ?, ?, ?, ?)",
                (self._newest, admitted.digest, ItemState.WAITING.value, _hour(), holder, admitted.text),
            )
            self._waiting += 1
        with self._arrived:
            self._news += 1
            self._arrived.notify()
        return Item(admitted.digest, ItemState.WAITING)

    def find(self, digest: bytes) -> Item | None:
        """Return what became of a text, by its hash."""
        with self._reading():
            return self._find(digest)

    def _find(self, digest: bytes) -> Item | None:
        row = self._db.execute("SELECT state, place, code FROM item WHERE id = ?", (digest,)).fetchone()
        return None if row is None else Item(digest, ItemState(row[0]), row[1], row[2])

    def waiting(self, after: int, count: int) -> list[tuple[int, bytes, str]]:
        """Return up to ``count`` texts that wait: number (above ``after``), hash and text, in order of arrival."""
        query = "SELECT number, id, text FROM item WHERE state = ? AND number > ? ORDER BY number LIMIT ?"
        with self._reading() as db:
            return list(db.execute(query, (ItemState.WAITING.value, after, count)))

    def without_receipt(self, count: int) -> list[tuple[bytes, int]]:
        """Return hash and index of up to ``count`` texts that are on the ledger and whose receipt is not there yet."""
        query = "SELECT id, place FROM item WHERE state = ? ORDER BY number LIMIT ?"
        with self._reading() as db:
            return list(db.execute(query, (ItemState.ACCEPTED.value, count)))

    def accepted(self, digest: bytes, index: int) -> None:
        """Note that the ledger has the text."""
        self._leave(digest, ItemState.ACCEPTED, "place = ?, holder = NULL", index)

    def refused(self, digest: bytes, code: str) -> None:
        """Note that the ledger refused the text, and forget it."""
        self._leave(digest, ItemState.REFUSED, "code = ?, holder = NULL, text = NULL", code)

    def waits_again(self, digest: bytes) -> None:
        """Note that the ledger was wrong in saying that it has the text."""
        with self._transaction() as db:
            changed = db.execute(
                "UPDATE item SET state = ?, hour = ?, place = NULL WHERE id = ? AND state = ?",
                (ItemState.WAITING.value, _hour(), digest, ItemState.ACCEPTED.value),
            )
            self._waiting += changed.rowcount

    def done(self, digest: bytes) -> None:
        """Note that the receipt is there, and forget the text."""
        with self._transaction() as db:
            db.execute(
                "UPDATE item SET state = ?, hour = ?, text = NULL WHERE id = ? AND state = ?",
                (ItemState.DONE.value, _hour(), digest, ItemState.ACCEPTED.value),
            )

    def _leave(self, digest: bytes, state: ItemState, change: str, value: int | str) -> None:
        with self._transaction() as db:
            changed = db.execute(
                f"UPDATE item SET state = ?, hour = ?, {change} WHERE id = ? AND state = ?",  # noqa: S608
                (state.value, _hour(), value, digest, ItemState.WAITING.value),
            )
            self._waiting -= changed.rowcount

    def forget_old(self) -> None:
        """Remove the rows that nothing happens to any more and that are older than :data:`KEPT_HOURS`."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM item WHERE hour < ? AND state IN (?, ?)",
                (_hour() - KEPT_HOURS * HOUR, ItemState.DONE.value, ItemState.REFUSED.value),
            )
        with self._reading() as db:
            # The log of the database would keep texts that the database itself has forgotten.
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def wait(self, seconds: float) -> None:
        """Wait until something came in since the last call, or for so long."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._news > 0, seconds)
            self._news = 0

    def wake(self) -> None:
        """End a :meth:`wait`."""
        with self._arrived:
            self._news += 1
            self._arrived.notify_all()

    def counts(self) -> Counts:
        """Count the texts by state."""
        with self._reading() as db:
            return _counts(db)

    def _count(self, state: ItemState) -> int:
        return int(self._db.execute("SELECT count(*) FROM item WHERE state = ?", (state.value,)).fetchone()[0])


def count_outbox(path: Path) -> Counts:
    """Count the texts in the outbox at ``path``, which a booth may be using. Raises :class:`InputError`."""
    if not path.is_file():
        return Counts(0, 0, 0, 0, None)
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=10, uri=True)
        try:
            return _counts(db)
        finally:
            db.close()
    except sqlite3.Error as error:
        raise InputError(f"cannot open the outbox {path}: {error}") from None


def _counts(db: sqlite3.Connection) -> Counts:
    numbers = dict(db.execute("SELECT state, count(*) FROM item GROUP BY state"))
    oldest = db.execute("SELECT min(hour) FROM item WHERE state = ?", (ItemState.WAITING.value,)).fetchone()[0]
    waiting, accepted, done, refused = (numbers.get(state.value, 0) for state in ItemState)
    return Counts(waiting, accepted, done, refused, oldest)


def _hour() -> int:
    """Return the hour that has begun, in seconds since 1970 UTC."""
    return int(time.time()) // HOUR * HOUR
