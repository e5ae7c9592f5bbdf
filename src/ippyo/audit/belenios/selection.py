"""What of a ledger goes into the archives: two readings, the first to learn who counts, the second to copy ballots.

Everything is taken as it stands, as text: whether it is true, both verifiers say, each for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ippyo.canonical import dumps, fields, loads
from ippyo.ledger.blocks import TRANSACTION_LIMIT

__all__ = ["ContestCount", "Outline", "ballot_texts", "outline"]

_ANSWERS = 256
_BALLOTS = 64


@dataclass(slots=True)
class ContestCount:
    """The counting of one contest, in the JSON values of its transactions; ``decryptions`` by owner."""

    tallied: int = 0
    tally: list[Any] = field(default_factory=list)
    decryptions: dict[int, Any] = field(default_factory=dict)
    result: list[Any] | None = None


@dataclass(slots=True)
class Outline:
    """The first reading: the coins with their ballot styles, which of them were given back, and the counts."""

    styles: dict[str, str] = field(default_factory=dict)
    surrendered: set[str] = field(default_factory=set)
    counts: dict[str, ContestCount] = field(default_factory=dict)

    def credentials(self, styles: frozenset[str]) -> list[str]:
        """Return the credentials of the coins that count in a contest of these ballot styles."""
        return [
            credential
            for credential, style in self.styles.items()
            if style in styles and credential not in self.surrendered
        ]

    def _note_coin(self, value: object) -> str:
        ticket = fields(value, "ticket", "style", "credential", "signatures")
        credential = ticket.text("credential")
        self.styles[credential] = ticket.text("style")
        return credential

    def _count(self, value: object) -> ContestCount:
        assert isinstance(value, dict)
        contest = fields(value, "count", "contest", optional=list(value)).text("contest")
        return self.counts.setdefault(contest, ContestCount())


def outline(transactions: Iterable[str]) -> Outline:
    """Read all transactions once. Raises :class:`~ippyo.errors.ParseError` for one that is not of its form."""
    result = Outline()
    for text in transactions:
        value, kind = _typed(text)
        if kind in {"cast", "spoil"}:
            result._note_coin(value.get("ticket"))
        elif kind == "surrender":
            result.surrendered.add(result._note_coin(value.get("ticket")))
        elif kind == "tally":
            count, read = (
                result._count(value),
                fields(value, kind, "num_tallied", "encrypted_tally", optional=list(value)),
            )
            count.tallied, count.tally = read.integer("num_tallied"), read.array("encrypted_tally", limit=_ANSWERS)
        elif kind == "decrypt":
            count, read = result._count(value), fields(value, kind, "owner", "decryption", optional=list(value))
            count.decryptions[read.integer("owner")] = read.raw("decryption")
        elif kind == "result":
            read = fields(value, kind, "result", optional=list(value))
            result._count(value).result = read.array("result", limit=_ANSWERS)
    return result


def ballot_texts(transactions: Iterable[str], uuid: str) -> Iterator[tuple[str, str]]:
    """Yield credential and text of every ballot of the election ``uuid``, in the order of the ledger."""
    for text in transactions:
        # A cheap look first: most transactions of a poll with several contests are of another one.
        if uuid not in text:
            continue
        value, kind = _typed(text)
        if kind != "cast":
            continue
        for ballot in fields(value, kind, "ballots", optional=list(value)).array("ballots", limit=_BALLOTS):
            read = fields(ballot, "ballot", "election_uuid", "credential", optional=list(ballot))
            if read.text("election_uuid") == uuid:
                yield read.text("credential"), dumps(ballot)


def _typed(text: str) -> tuple[dict[str, Any], str]:
    """Return a transaction's JSON object and its type."""
    value = loads(text, what="transaction", limit=TRANSACTION_LIMIT)
    names = list(value) if isinstance(value, dict) else ()
    return value, fields(value, "transaction", "type", optional=names).text("type")
