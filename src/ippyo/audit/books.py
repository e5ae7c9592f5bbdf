"""The verifier's own books of coins: whose ballots count, kept apart from those of the re-executed contract (check 19).

They are simple on purpose, a few rows of a temporary database, and are told only of transactions that were accepted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby

from ippyo.audit.scratch import Scratch
from ippyo.audit.state import Rest, app_hash, coin_root, drawer_of
from ippyo.canonical import dumps
from ippyo.contract.transactions import (
    Cast,
    Close,
    Decrypt,
    Issued,
    Open,
    ResultAct,
    Spoil,
    Surrender,
    Tally,
    Transaction,
)
from ippyo.poll.manifest import Manifest

__all__ = ["Books"]


class Books:
    """Phase, coins and latest ballots after the transactions told so far."""

    def __init__(self, manifest: Manifest, uuids: dict[str, str], scratch: Scratch) -> None:
        """``uuids`` gives the contest of an election uuid."""
        self._manifest = manifest
        self._contests = uuids
        self._db: sqlite3.Connection = scratch.connection
        self.phase = "setup"
        self.rest = Rest()

    def enter(self, position: int, transaction: Transaction) -> None:
        """Book an accepted transaction, number ``position`` of the ledger."""
        match transaction:
            case Issued(issuer=issuer, style=style, total=total):
                self.rest.issued[issuer, style] = total
            case Open():
                self.phase = "open"
            case Cast():
                self._cast(position, transaction)
            case Spoil(ticket=ticket):
                self._touch(ticket.credential, ticket.style)
                self.rest.spoiled += 1
            case Surrender(ticket=ticket, number=number):
                self._touch(ticket.credential, ticket.style)
                self._surrender(ticket.credential, number)
            case Close():
                self.phase = "closed"
            case Tally(contest=contest):
                self.rest.count(contest).tallied = True
            case Decrypt(contest=contest, owner=owner):
                self.rest.count(contest).decrypted.append(owner)
            case ResultAct(contest=contest):
                self.rest.count(contest).counted = True
                if all(self.rest.count(other.id).counted for other in self._manifest.contests):
                    self.phase = "counted"
            case _:
                pass

    def _touch(self, credential: str, style: str) -> None:
        row = (credential, drawer_of(credential), style)
        inserted = self._db.execute("INSERT OR IGNORE INTO coin (credential, drawer, style) VALUES (?, ?, ?)", row)
        self.rest.coins[style] = self.rest.coins.get(style, 0) + inserted.rowcount

    def _cast(self, position: int, cast: Cast) -> None:
        credential = cast.ticket.credential
        self._touch(credential, cast.ticket.style)
        self._db.execute("UPDATE coin SET casts = casts + 1, last = ? WHERE credential = ?", (cast.number, credential))
        for ballot in cast.ballots:
            contest = self._contests[ballot.election_uuid]
            row = (credential, contest, ballot.tracker, position)
            new = self._db.execute("SELECT 1 FROM latest WHERE credential = ? AND contest = ?", row[:2]).fetchone()
            self._db.execute("INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?)", row)
            self.rest.count(contest).ballots += new is None

    def _surrender(self, credential: str, number: int) -> None:
        self._db.execute("UPDATE coin SET surrendered = 1, last = ? WHERE credential = ?", (number, credential))
        rows = self._db.execute("SELECT contest FROM latest WHERE credential = ?", (credential,)).fetchall()
        for (contest,) in rows:
            self.rest.count(contest).ballots -= 1
        self._db.execute("DELETE FROM latest WHERE credential = ?", (credential,))

    def over_issued(self) -> list[tuple[str, int, int]]:
        """Return style, coins and smallest issued total of every style with more coins than tickets."""
        issuers = range(1, len(self._manifest.issuers) + 1)
        found = []
        for style, coins in self.rest.coins.items():
            allowed = min(self.rest.issued.get((issuer, style), 0) for issuer in issuers)
            if coins > allowed:
                found.append((style, coins, allowed))
        return found

    def counting(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the positions of transactions of which a ballot counts, ascending; with it, by contest, its tracker."""
        rows = self._db.execute("SELECT position, contest, tracker FROM latest ORDER BY position")
        for position, group in groupby(rows, key=lambda row: int(row[0])):
            yield position, {contest: tracker for _, contest, tracker in group}

    def app_hash(self, poll: str, size: int, root: bytes) -> str:
        """Return the app hash after ``size`` transactions with the tree ``root``, computed from the beginning."""
        rest = self.rest.to_text(self._manifest)
        return app_hash(poll, self.phase, size, root, coin_root(self._coins()), rest)

    def _coins(self) -> Iterator[tuple[int, str]]:
        order = {contest.id: place for place, contest in enumerate(self._manifest.contests)}
        coins = self._db.execute(
            "SELECT drawer, credential, style, casts, last, surrendered FROM coin ORDER BY drawer, credential"
        )
        for drawer, credential, style, casts, last, surrendered in coins:
            ballots = self._db.execute(
                "SELECT contest, tracker, position FROM latest WHERE credential = ?", (credential,)
            ).fetchall()
            text = dumps(
                {
                    "credential": credential,
                    "style": style,
                    "count": casts,
                    "last": last,
                    "surrendered": bool(surrendered),
                    "ballots": [
                        {"contest": contest, "tracker": tracker, "position": position}
                        for contest, tracker, position in sorted(ballots, key=lambda row: order[row[0]])
                    ],
                }
            )
            yield drawer, text
