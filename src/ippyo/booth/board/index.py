"""The board's index of the ledger: what pages are made of, in one SQLite file that can always be made anew.

It holds public data only. It is written by one follower, block by block, each block with its place in the chain as one
transaction; pages read it at any size of a poll by looking at a few rows.

    ballot   every ballot that was ever cast, in order: its tracker, contest and position
    voter    every credential that was used: hash, ballot style, the issuers' signatures of its ticket, whether it voted
    tally    how many things of a kind there were in an hour in a ballot style
    result   how many ballots of a contest were counted, and, once it is known, what they gave
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

from ippyo.ballot.ticket import SIGNATURE_BYTES, Ticket
from ippyo.canonical import b64, sha256, unb64
from ippyo.contract.history import read_history, write_history
from ippyo.contract.poll import Poll
from ippyo.crypto.merkle import Frontier
from ippyo.errors import CheckFailedError, InputError
from ippyo.poll.result import ContestResult

__all__ = ["KINDS", "TILE", "BoardIndex", "HourTally", "ListedBallot", "Spot", "Tip", "UsedTicket"]

TILE = 1000
"""Ballots on a page of the list."""

HOUR_MS = 3_600_000
KINDS = ("voter", "cast", "revote", "spoil", "surrender")
"""What is counted: first votes (turnout), all casts, casts after the first, checks, rights given back."""

_FORMAT = 2
_READERS = 8
_SCHEMA = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE ballot (number INTEGER PRIMARY KEY, tracker BLOB NOT NULL, contest INTEGER NOT NULL,
    position INTEGER NOT NULL);
CREATE INDEX ballot_by_tracker ON ballot (tracker);
CREATE TABLE voter (holder BLOB PRIMARY KEY, style INTEGER NOT NULL, voted INTEGER NOT NULL, signatures BLOB NOT NULL);
CREATE TABLE tally (hour INTEGER, style INTEGER, kind INTEGER, count INTEGER NOT NULL,
    PRIMARY KEY (hour, style, kind)) WITHOUT ROWID;
CREATE TABLE result (contest INTEGER PRIMARY KEY, ballots INTEGER NOT NULL, counts TEXT);
"""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in the chain the index stands: the last block it holds (``hash`` is what the next one names)."""

    height: int
    hash: str
    time: int
    frontier: Frontier


@dataclass(frozen=True, slots=True)
class Tip:
    """How far the index has come. ``time`` is that of the last block in ms, ``ballots`` how many are listed."""

    height: int
    size: int
    time: int
    phase: str
    ballots: int


@dataclass(frozen=True, slots=True)
class UsedTicket:
    """A ticket as it stands in an accepted transaction, its credential not decoded."""

    style: str
    credential: str
    signatures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ListedBallot:
    """One ballot of the list: its number from 0, its tracker, its contest, and the position of its transaction."""

    number: int
    tracker: str
    contest: str
    position: int


@dataclass(frozen=True, slots=True)
class HourTally:
    """How many of one kind there were in the hour that began at ``hour`` (seconds since 1970) in a ballot style."""

    hour: int
    style: str
    kind: str
    count: int


class BoardIndex:
    """The index at ``path`` of the ledger of ``poll``. One writer; any number of readers in any thread."""

    def __init__(self, path: Path, poll: Poll) -> None:
        """Open the index, or begin it. An index of another poll or another version is removed and begun anew."""
        self._path = path
        self._poll = poll
        self.contests = tuple(contest.id for contest in poll.manifest.contests)
        self.styles = tuple(style.id for style in poll.manifest.styles)
        self._idle: list[sqlite3.Connection] = []
        self._lock = Lock()
        try:
            self._writer = self._open()
        except sqlite3.Error as error:
            raise InputError(f"cannot open the board's index {path}: {error}; remove it, and it is made anew") from None

    def _open(self) -> sqlite3.Connection:
        db = self._connected()
        if not self._is_ours(db):
            db.close()
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            db = self._connected()
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version = {_FORMAT};COMMIT;")
            db.execute("INSERT INTO fact VALUES ('poll', ?)", (self._poll.fingerprint,))
        # Lost with the power, the last blocks are read again.
        db.execute("PRAGMA synchronous = NORMAL")
        return db

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)

    def _is_ours(self, db: sqlite3.Connection) -> bool:
        if db.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
            return False
        row = db.execute("SELECT value FROM fact WHERE name = 'poll'").fetchone()
        return row is not None and row[0] == self._poll.fingerprint

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            for db in (self._writer, *self._idle):
                db.close()
            self._idle.clear()

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            db = self._idle.pop() if self._idle else None
        db = db or self._connected()
        try:
            # One state for all questions of a page.
            db.execute("BEGIN")
            yield db
        finally:
            db.rollback()
            with self._lock:
                if len(self._idle) < _READERS:
                    self._idle.append(db)
                    db = None
            if db is not None:
                db.close()

    # --- reading ---

    def spot(self) -> Spot | None:
        """Return where in the chain the index stands, None at its beginning."""
        with self._reader() as db:
            facts = _facts(db)
        if "height" not in facts:
            return None
        frontier = read_history(facts["frontier"].encode())
        return Spot(int(facts["height"]), facts["hash"], int(facts["time"]), frontier)

    def tip(self) -> Tip:
        """Return how far the index has come."""
        with self._reader() as db:
            return _tip(db)

    def tile(self, number: int) -> list[ListedBallot]:
        """Return page ``number`` (from 0) of the list of ballots, in order."""
        with self._reader() as db:
            rows = db.execute(
                "SELECT number, tracker, contest, position FROM ballot WHERE number BETWEEN ? AND ? ORDER BY number",
                (number * TILE, (number + 1) * TILE - 1),
            ).fetchall()
        return [ListedBallot(row[0], b64(row[1]), self.contests[row[2]], row[3]) for row in rows]

    def number_of(self, tracker: str) -> int | None:
        """Return the number of the first ballot with this tracker in the list."""
        raw = unb64(tracker, what="tracker", length=32)
        with self._reader() as db:
            row = db.execute("SELECT min(number) FROM ballot WHERE tracker = ?", (raw,)).fetchone()
        return None if row[0] is None else int(row[0])

    def tallies(self) -> list[HourTally]:
        """Return all that was counted, by hour, style and kind."""
        with self._reader() as db:
            rows = db.execute("SELECT hour, style, kind, count FROM tally ORDER BY hour, style, kind").fetchall()
        return [HourTally(hour, self.styles[style], KINDS[kind], count) for hour, style, kind, count in rows]

    def ticket(self, credential: str) -> Ticket | None:
        """Return the ticket by which a credential was first used."""
        with self._reader() as db:
            row = db.execute("SELECT style, signatures FROM voter WHERE holder = ?", (sha256(credential),)).fetchone()
        if row is None:
            return None
        style, packed = row
        signatures = tuple(packed[start : start + SIGNATURE_BYTES] for start in range(0, len(packed), SIGNATURE_BYTES))
        element = self._poll.group.decode_key(credential, what="credential")
        return Ticket(self.styles[style], credential, element, signatures)

    def results(self) -> dict[str, ContestResult]:
        """Return the result of every contest that has one, by contest id."""
        with self._reader() as db:
            rows = db.execute(
                "SELECT contest, ballots, counts FROM result WHERE counts IS NOT NULL ORDER BY contest"
            ).fetchall()
        contests = self._poll.manifest.contests
        return {
            self.contests[place]: ContestResult(contests[place], tuple(map(int, counts.split(","))), ballots)
            for place, ballots, counts in rows
        }

    # --- writing ---

    @contextmanager
    def writing(self) -> Iterator[IndexWriter]:
        """Write one block or several: all of it, or nothing."""
        db = self._writer
        db.execute("BEGIN IMMEDIATE")
        try:
            yield IndexWriter(db, self._poll)
            db.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise


class IndexWriter:
    """Adds what a block holds, inside :meth:`BoardIndex.writing`."""

    def __init__(self, db: sqlite3.Connection, poll: Poll) -> None:
        self._db = db
        self._contests = {contest.id: (place, contest) for place, contest in enumerate(poll.manifest.contests)}
        self._styles = {style.id: place for place, style in enumerate(poll.manifest.styles)}
        self._next = _tip(db).ballots

    def cast(self, time: int, position: int, ticket: UsedTicket, ballots: Mapping[str, str]) -> None:
        """Add a cast: its ``ballots`` are trackers by contest id, in order."""
        voted_before = self._meet(ticket, voted=True)
        self._count(time, ticket.style, "cast")
        self._count(time, ticket.style, "revote" if voted_before else "voter")
        for contest, tracker in ballots.items():
            self._db.execute(
                "INSERT INTO ballot (number, tracker, contest, position) VALUES (?, ?, ?, ?)",
                (self._next, unb64(tracker, what="tracker", length=32), self._contests[contest][0], position),
            )
            self._next += 1

    def spoil(self, time: int, ticket: UsedTicket) -> None:
        """Add a check."""
        self._meet(ticket, voted=False)
        self._count(time, ticket.style, "spoil")

    def surrender(self, time: int, ticket: UsedTicket) -> None:
        """Add a right that was given back."""
        self._meet(ticket, voted=False)
        self._count(time, ticket.style, "surrender")

    def tallied(self, contest: str, ballots: int) -> None:
        """Note how many ballots of a contest are counted."""
        place, _ = self._contests[contest]
        self._db.execute("INSERT OR REPLACE INTO result (contest, ballots) VALUES (?, ?)", (place, ballots))

    def result(self, contest: str, counts: object) -> None:
        """Set the result of a contest (``[count..]`` in ballot order), of which is known how many ballots it has.

        Raises :class:`ippyo.errors.ParseError` or :class:`ippyo.errors.CheckFailedError` for counts that cannot be.
        """
        place, about = self._contests[contest]
        row = self._db.execute("SELECT ballots FROM result WHERE contest = ?", (place,)).fetchone()
        if row is None:
            raise CheckFailedError(f"Contest {contest} has a result without a tally.")
        known = ContestResult.from_value(about, counts, row[0])
        self._db.execute("UPDATE result SET counts = ? WHERE contest = ?", (",".join(map(str, known.counts)), place))
        if self._db.execute("SELECT count(counts) FROM result").fetchone()[0] == len(self._contests):
            self.phase("counted")

    def stand_at(self, spot: Spot) -> None:
        """Note up to which block the index reaches."""
        self._put("height", str(spot.height))
        self._put("hash", spot.hash)
        self._put("time", str(spot.time))
        self._put("frontier", write_history(spot.frontier))
        self._put("size", str(spot.frontier.size))
        self._put("ballots", str(self._next))

    def phase(self, phase: str) -> None:
        """Note the phase of the poll."""
        self._put("phase", phase)

    def _put(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", (name, value))

    def _meet(self, ticket: UsedTicket, *, voted: bool) -> bool:
        """Remember the credential; tell whether it had voted before."""
        holder = sha256(ticket.credential)
        row = self._db.execute("SELECT voted FROM voter WHERE holder = ?", (holder,)).fetchone()
        if row is None:
            self._db.execute(
                "INSERT INTO voter (holder, style, voted, signatures) VALUES (?, ?, ?, ?)",
                (holder, self._styles[ticket.style], voted, b"".join(ticket.signatures)),
            )
            return False
        if voted and not row[0]:
            self._db.execute("UPDATE voter SET voted = 1 WHERE holder = ?", (holder,))
        return bool(row[0])

    def _count(self, time: int, style: str, kind: str) -> None:
        hour = time // HOUR_MS * (HOUR_MS // 1000)
        self._db.execute(
            "INSERT INTO tally (hour, style, kind, count) VALUES (?, ?, ?, 1) "
            "ON CONFLICT DO UPDATE SET count = count + 1",
            (hour, self._styles[style], KINDS.index(kind)),
        )


def _facts(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT name, value FROM fact"))


def _tip(db: sqlite3.Connection) -> Tip:
    facts = _facts(db)
    return Tip(
        int(facts.get("height", 0)),
        int(facts.get("size", 0)),
        int(facts.get("time", 0)),
        facts.get("phase", "setup"),
        int(facts.get("ballots", 0)),
    )
