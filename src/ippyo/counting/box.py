"""Which ballots of a record count: of every coin the latest for each contest, unless the coin was given back.

The record has been verified: every transaction in it was accepted by the rules. It is read twice, so that memory holds
a hash for each voter and contest, and never the ballots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ippyo.ballot.ballot import Ballot
from ippyo.canonical import fields, loads, sha256
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import TRANSACTION_LIMIT
from ippyo.counting.tally import EncryptedTally, RunningTally
from ippyo.errors import InputError

__all__ = ["Progress", "count_box", "counted_ballots", "latest_positions"]

Progress = Callable[[int], None]
"""Is told how many transactions have been read, in the first pass and then again in the second."""


def count_box(
    poll: Poll, transactions: Callable[[], Iterable[str]], *, progress: Progress | None = None
) -> dict[str, EncryptedTally]:
    """Return the encrypted tally of every contest, in manifest order.

    ``transactions`` gives the texts of all transactions of the verified record, anew at each call. Raises
    :class:`InputError` if the poll was not closed.
    """
    latest = latest_positions(poll, _watched(transactions(), progress))
    tallies = {contest: RunningTally(election) for contest, election in poll.elections.items()}
    for contest, ballot in counted_ballots(poll, _watched(transactions(), progress), latest):
        tallies[contest].add(ballot)
    return {contest: running.result() for contest, running in tallies.items()}


def _watched(texts: Iterable[str], progress: Progress | None) -> Iterator[str]:
    for number, text in enumerate(texts, start=1):
        yield text
        if progress is not None:
            progress(number)


def latest_positions(poll: Poll, texts: Iterable[str]) -> dict[bytes, int]:
    """Return, by coin and contest, the position of the transaction with the ballot that counts."""
    latest: dict[bytes, int] = {}
    closed = False
    uuids = list(poll.contests_by_uuid)
    for position, text in enumerate(texts):
        value = loads(text, what="transaction", limit=TRANSACTION_LIMIT)
        match value.get("type"):
            case "cast":
                credential = _credential(value)
                for ballot in value["ballots"]:
                    latest[_key(credential, ballot["election_uuid"])] = position
            case "surrender":
                credential = _credential(value)
                for uuid in uuids:
                    latest.pop(_key(credential, uuid), None)
            case "close":
                closed = True
    if not closed:
        raise InputError("the poll in this record is not closed; nothing is counted before the close")
    return latest


def counted_ballots(poll: Poll, texts: Iterable[str], latest: Mapping[bytes, int]) -> Iterator[tuple[str, Ballot]]:
    """Yield contest id and ballot for every ballot that counts, in the order of the record."""
    for position, text in enumerate(texts):
        value = loads(text, what="transaction", limit=TRANSACTION_LIMIT)
        if value.get("type") != "cast":
            continue
        credential = _credential(value)
        for entry in value["ballots"]:
            uuid = entry["election_uuid"]
            if latest.get(_key(credential, uuid)) == position:
                contest = poll.contests_by_uuid[uuid]
                yield contest, Ballot.from_value(poll.election(contest), entry)


def _credential(value: dict[str, object]) -> str:
    ticket = fields(value["ticket"], "ticket", "style", "credential", "signatures")
    return ticket.text("credential")


def _key(credential: str, uuid: str) -> bytes:
    return sha256(f"{uuid}|{credential}")
