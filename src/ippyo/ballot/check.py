"""Checking ballots: every proof, one by one or the equations of many at once (docs/protocol.md §7).

There are two ways, which accept the same ballots but for a chance of 2^-127. *Recomputing* makes every commitment from
its proof and compares. *Batching* takes the commitments that travel with the ballot, and checks all equations of many
ballots by one multiplication. Refusals are always named by recomputing, so they do not depend on the way either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.election import Election
from ippyo.ballot.statements import Statement, statements, total
from ippyo.canonical import sha256_b64
from ippyo.crypto import disjunctive, schnorr
from ippyo.crypto.batch import Batch
from ippyo.crypto.groups import Group
from ippyo.crypto.proof import Proof
from ippyo.errors import CheckFailedError, ParseError

__all__ = ["BATCH_SIZE", "BadBallotError", "all_hold", "check_ballot", "check_many", "require_credential"]

BATCH_SIZE = 256
"""Ballots in one batch: beyond it nothing is gained, and one bad ballot costs more."""


class BadBallotError(CheckFailedError):
    """A ballot that is well formed but not true.

    ``check`` is what failed: ``uuid``, ``fingerprint``, ``credential``, ``signature-hash``, ``signature``,
    ``individual-proof N`` (of choice N, from 1), ``overall-proof``, ``blank-proof`` or ``commitments``.
    """

    def __init__(self, check: str, problem: str) -> None:
        super().__init__(f"the ballot's {check.replace('-', ' ')} {problem}")
        self.check = check


def require_credential(ballot: Ballot, credential: str) -> None:
    """Refuse a ballot signed by another credential than that of its ticket, given as its text."""
    if ballot.credential != credential:
        raise BadBallotError("credential", "is not that of the ticket")


def check_ballot(election: Election, ballot: Ballot) -> None:
    """Check everything about ``ballot`` that needs no other ballot. Raises :class:`BadBallotError`."""
    _check_head(election, ballot)
    _check_proofs(election, ballot)


def check_many(ballots: Sequence[tuple[Election, Ballot]]) -> list[BadBallotError | None]:
    """Check many ballots, each for its election; the answer says for each what is wrong with it, or None.

    Ballots of a group for which batching pays are checked in batches. When one of a batch is bad, all of it are checked
    again one by one: a sender of bad ballots can thus double a node's work, not more.
    """
    results: list[BadBallotError | None] = [None] * len(ballots)
    batches: dict[Group, list[int]] = {}
    for position, (election, _) in enumerate(ballots):
        batches.setdefault(election.group, []).append(position)
    for group, positions in batches.items():
        for start in range(0, len(positions), BATCH_SIZE):
            part = positions[start : start + BATCH_SIZE]
            chosen = [ballots[position] for position in part]
            if group.batch_from is not None and len(part) >= group.batch_from and all_hold(group, chosen):
                continue
            for position, (election, ballot) in zip(part, chosen, strict=True):
                results[position] = _failure(election, ballot)
    return results


def all_hold(group: Group, ballots: Sequence[tuple[Election, Ballot]]) -> bool:
    """Return whether all ``ballots``, of a group that carries commitments, are good, by their equations at once."""
    batch = Batch(group)
    try:
        for election, ballot in ballots:
            _check_head(election, ballot)
            _collect(election, ballot, batch)
    except (BadBallotError, ParseError):
        return False
    return batch.holds()


def _failure(election: Election, ballot: Ballot) -> BadBallotError | None:
    try:
        check_ballot(election, ballot)
    except BadBallotError as error:
        return error
    return None


def _check_head(election: Election, ballot: Ballot) -> None:
    """Check all but the proofs about the choices."""
    if ballot.election_uuid != election.uuid:
        raise BadBallotError("uuid", "is that of another election")
    if ballot.election_hash != election.fingerprint:
        raise BadBallotError("fingerprint", "is not that of this election")
    h = sha256_b64(ballot.body)
    if ballot.signature_hash != h:
        raise BadBallotError("signature-hash", "is not the hash of its contents")
    if not schnorr.verify(election.group, f"sig|{h}|", ballot.element, ballot.signature):
        raise BadBallotError("signature", "does not verify under its credential")


def _statements(election: Election, ballot: Ballot) -> Iterator[tuple[Statement, tuple[Proof, ...]]]:
    Sigma = total(election, ballot.choices)
    return zip(statements(election, ballot.credential, ballot.choices, Sigma), ballot.proofs, strict=True)


def _check_proofs(election: Election, ballot: Ballot) -> None:
    """Recompute every commitment, and compare hashes and commitments."""
    group = election.group
    recomputed: list[str] = []
    for statement, proofs in _statements(election, ballot):
        commitments = disjunctive.commitments(group, election.key, statement.branches, proofs)
        texts = [group.encode(commitment) for commitment in commitments]
        if not disjunctive.challenges_match(group, statement.prefix, texts, proofs):
            raise BadBallotError(statement.name, "does not verify")
        recomputed += texts
    if group.carries_commitments and ballot.commitments != tuple(recomputed):
        raise BadBallotError("commitments", "are not those of its proofs")


def _collect(election: Election, ballot: Ballot, batch: Batch) -> None:
    """Compare hashes over the commitments that the ballot carries, and put its equations into ``batch``."""
    group = election.group
    start = 0
    for statement, proofs in _statements(election, ballot):
        texts = ballot.commitments[start : start + 2 * len(proofs)]
        start += len(texts)
        if not disjunctive.challenges_match(group, statement.prefix, texts, proofs):
            raise BadBallotError(statement.name, "does not verify")
        batch.add(election.public_key, statement.branches, proofs, group.decode_many(texts))
