"""The encrypted tally: the product of the ballots that count, never one of them opened (docs/protocol.md §12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.election import Election
from ippyo.crypto.elgamal import Ciphertext, product

__all__ = ["EncryptedTally", "RunningTally", "tally"]

BATCH = 256
"""Ballots multiplied at once, which is faster than one by one; also all that is held in memory."""


@dataclass(frozen=True, slots=True)
class EncryptedTally:
    """One ciphertext per choice of the contest, and the number of ballots in it."""

    ciphertexts: tuple[Ciphertext, ...]
    num_tallied: int


class RunningTally:
    """A tally of one contest while ballots are added, in constant memory."""

    def __init__(self, election: Election) -> None:
        self._group = election.group
        identity = Ciphertext(self._group.identity, self._group.identity)
        self._sums = (identity,) * election.contest.choices
        self._waiting: list[tuple[Ciphertext, ...]] = []
        self._count = 0

    def add(self, ballot: Ballot) -> None:
        """Let a ballot of this contest count; it was checked, and it is its voter's last one."""
        self._waiting.append(ballot.choices)
        self._count += 1
        if len(self._waiting) >= BATCH:
            self._multiply()

    def _multiply(self) -> None:
        columns = zip(self._sums, *self._waiting, strict=True)
        self._sums = tuple(product(self._group, column) for column in columns)
        self._waiting = []

    def result(self) -> EncryptedTally:
        """Return the tally of the ballots so far; of none, pairs of identities."""
        self._multiply()
        return EncryptedTally(self._sums, self._count)


def tally(election: Election, ballots: Iterable[Ballot]) -> EncryptedTally:
    """Return the tally of the latest ``ballots`` of one contest, which are read once, one after the other."""
    running = RunningTally(election)
    for ballot in ballots:
        running.add(ballot)
    return running.result()
