"""The encrypted tally, multiplied anew from the ballots that count, in a second reading (check 22).

The contract keeps a running product, from which it divides out what was replaced. Here nothing is divided: only the
ballots that count in the end, by the verifier's own books, are read and multiplied. Each must be the very ballot that
was judged in the first reading: files may change meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ippyo.canonical import dumps, fields, loads, sha256_b64
from ippyo.contract.poll import Poll
from ippyo.crypto.elgamal import Ciphertext, product
from ippyo.crypto.groups import Group
from ippyo.errors import InputError
from ippyo.ledger.blocks import TRANSACTION_LIMIT
from ippyo.ledger.record import RecordedTransaction

__all__ = ["ChangedRecordError", "CountingCast", "Products", "counting_casts", "multiply"]


class ChangedRecordError(InputError):
    """The record is not what it was when it was read before."""


@dataclass(frozen=True, slots=True)
class CountingCast:
    """The text of a cast, and by contest the trackers of those of its ballots that count."""

    text: str
    trackers: Mapping[str, str]


def counting_casts(
    transactions: Iterable[RecordedTransaction], counting: Iterator[tuple[int, dict[str, str]]]
) -> Iterator[CountingCast]:
    """Pick from ``transactions``, of a whole record, those at the positions of ``counting``, which ascend."""
    position, trackers = next(counting, (-1, {}))
    for place, transaction in enumerate(transactions):
        if place == position:
            yield CountingCast(transaction.text, trackers)
            position, trackers = next(counting, (-1, {}))


class Products:
    """For every contest, the componentwise product of the ballots told so far, and their number."""

    def __init__(self, poll: Poll) -> None:
        identity = Ciphertext(poll.group.identity, poll.group.identity)
        self._group = poll.group
        self.products: dict[str, tuple[Ciphertext, ...]] = {
            contest: (identity,) * election.contest.choices for contest, election in poll.elections.items()
        }
        self.counts = dict.fromkeys(poll.elections, 0)

    def add(self, contest: str, factors: list[tuple[Ciphertext, ...]]) -> None:
        """Multiply the choices of several ballots in."""
        columns = zip(self.products[contest], *factors, strict=True)
        self.products[contest] = tuple(product(self._group, column) for column in columns)
        self.counts[contest] += len(factors)

    def merge(self, other: Products) -> None:
        """Multiply the products of another part of the ledger in."""
        for contest, factors in other.products.items():
            if other.counts[contest]:
                columns = zip(self.products[contest], factors, strict=True)
                self.products[contest] = tuple(product(self._group, column) for column in columns)
                self.counts[contest] += other.counts[contest]


def multiply(poll: Poll | None, casts: list[CountingCast]) -> Products:
    """Return the products of the ballots that count among ``casts``. Runs in a process of its own.

    Raises :class:`ChangedRecordError` if one of them is not the ballot of its tracker.
    """
    assert poll is not None, "nothing is counted without a poll"
    products = Products(poll)
    ballots: dict[str, list[tuple[Ciphertext, ...]]] = {}
    for cast in casts:
        values = _ballots(cast.text)
        for contest, tracker in cast.trackers.items():
            if tracker not in values:
                raise ChangedRecordError("a ballot is not there any more")
            ballots.setdefault(contest, []).append(_choices(poll.group, values[tracker]))
    for contest, factors in ballots.items():
        products.add(contest, factors)
    return products


def _ballots(text: str) -> dict[str, object]:
    """Return the ballots of a cast by their trackers; of anything else there are none, or others."""
    value = loads(text, what="cast", limit=TRANSACTION_LIMIT)
    ballots = value.get("ballots") if isinstance(value, dict) else None
    # A part of a canonical text is canonical itself, so this is the ballot's text as it was cast.
    return {sha256_b64(dumps(ballot)): ballot for ballot in ballots} if isinstance(ballots, list) else {}


def _choices(group: Group, ballot: object) -> tuple[Ciphertext, ...]:
    names = ("election_uuid", "election_hash", "credential", "answers", "signature")
    (answer,) = fields(ballot, "ballot", *names).array("answers", least=1, limit=1)
    choices = fields(answer, "answer", "choices", optional=list(answer)).array("choices", limit=201)
    return tuple(Ciphertext.from_value(group, choice, "choice") for choice in choices)
