"""What voters send: cast, spoil, surrender. Each carries a ticket and a proof of its credential's secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from ippyo.ballot.ballot import Ballot
from ippyo.ballot.credential import Credential
from ippyo.ballot.ticket import Ticket
from ippyo.canonical import Fields, dumps, unb64
from ippyo.contract.message import Message
from ippyo.contract.poll import Poll
from ippyo.crypto import schnorr
from ippyo.crypto.proof import Proof
from ippyo.errors import ParseError, RefusedError
from ippyo.poll.limits import MAX_CONTESTS

__all__ = ["Cast", "Spoil", "Surrender"]


@dataclass(frozen=True, slots=True)
class Cast(Message):
    """A voter's ballots, in manifest order of their ``contests``, and the ticket that gives the right to cast them.

    ``number`` (from 1) says which cast of the credential it is; ``proof`` binds ticket, number and ballots together, so
    that nobody on the way can take a ballot out, mix two casts, or let an earlier one follow a later.
    """

    kind = "cast"
    ticket: Ticket
    number: int
    contests: tuple[str, ...]
    ballots: tuple[Ballot, ...]
    proof: Proof

    @staticmethod
    def prefix(poll: str, style: str, number: int, trackers: Sequence[str], credential: str) -> str:
        """Return the prefix of the proof of knowledge of the credential's secret; ``trackers`` as they are cast."""
        return f"ippyo-cast-v1|{poll}|{style}|{number}|{','.join(trackers)}|{credential}|"

    @classmethod
    def make(
        cls, poll: Poll, ticket: Ticket, credential: Credential, number: int, ballots: Mapping[str, Ballot]
    ) -> Self:
        """Put ``ballots``, by contest id, into the manifest's order, and prove that the credential casts them."""
        contests = tuple(contest for contest in poll.elections if contest in ballots)
        chosen = tuple(ballots[contest] for contest in contests)
        trackers = [ballot.tracker for ballot in chosen]
        prefix = cls.prefix(poll.fingerprint, ticket.style, number, trackers, credential.text)
        proof = schnorr.prove(poll.group, prefix, credential.secret)
        return cls(poll.fingerprint, ticket, number, contests, chosen, proof)

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        ticket = Ticket.from_value(read.raw("ticket"), poll.group)
        values = read.array("ballots", limit=MAX_CONTESTS, least=1)
        contests = tuple(_contest_of(value, poll) for value in values)
        order = list(poll.elections)
        places = [order.index(contest) for contest in contests]
        if places != sorted(set(places)):
            raise ParseError("cast", "does not have its ballots in the manifest's order of contests, one for each")
        pairs = zip(contests, values, strict=True)
        ballots = tuple(Ballot.from_value(poll.election(contest), value) for contest, value in pairs)
        proof = Proof.from_value(poll.group, read.raw("proof"), "cast proof")
        return cls(poll.fingerprint, ticket, read.integer("number", low=1), contests, ballots, proof)

    @property
    def trackers(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(ballot.tracker for ballot in self.ballots)

    def to_text(self) -> str:
        """Return the canonical text."""
        head = dumps({"type": self.kind, "poll": self.poll, "ticket": self.ticket.to_value(), "number": self.number})
        ballots = ",".join(ballot.to_text() for ballot in self.ballots)
        return f'{head[:-1]},"ballots":[{ballots}],"proof":{dumps(self.proof.to_value())}}}'


def _contest_of(value: object, poll: Poll) -> str:
    """Return the contest of a ballot that is not decoded yet, because its shape depends on the contest."""
    uuid = value.get("election_uuid") if isinstance(value, dict) else None
    if not isinstance(uuid, str):
        raise ParseError("ballot", "does not name its election")
    contest = poll.contests_by_uuid.get(uuid)
    if contest is None:
        raise RefusedError("bad-ballot", "the ballot belongs to no contest of this poll")
    return contest


@dataclass(frozen=True, slots=True)
class Spoil(Message):
    """The voter opened the sealed ballot ``tracker`` to check it: it can never be cast."""

    kind = "spoil"
    ticket: Ticket
    tracker: str
    proof: Proof

    @staticmethod
    def prefix(poll: str, style: str, tracker: str, credential: str) -> str:
        """Return the prefix of the proof of knowledge of the credential's secret.

        The style is in it because a ticket of another style for the same credential can be had by anybody who has seen
        the credential: blind signers cannot tell.
        """
        return f"ippyo-spoil-v1|{poll}|{style}|{tracker}|{credential}|"

    @classmethod
    def make(cls, poll: Poll, ticket: Ticket, credential: Credential, tracker: str) -> Self:
        """Prove that the holder of the credential wants this."""
        prefix = cls.prefix(poll.fingerprint, ticket.style, tracker, credential.text)
        return cls(poll.fingerprint, ticket, tracker, schnorr.prove(poll.group, prefix, credential.secret))

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        tracker = read.text("tracker", limit=43)
        unb64(tracker, what="tracker", length=32)
        ticket = Ticket.from_value(read.raw("ticket"), poll.group)
        return cls(poll.fingerprint, ticket, tracker, Proof.from_value(poll.group, read.raw("proof"), "spoil proof"))

    @property
    def trackers(self) -> tuple[str, ...]:  # noqa: D102
        return (self.tracker,)

    def values(self) -> dict[str, object]:  # noqa: D102
        return {"ticket": self.ticket.to_value(), "tracker": self.tracker, "proof": self.proof.to_value()}


@dataclass(frozen=True, slots=True)
class Surrender(Message):
    """The voter gives the right to vote here back, to vote on paper: what was cast no longer counts.

    ``number`` is counted together with the casts.
    """

    kind = "surrender"
    ticket: Ticket
    number: int
    proof: Proof

    @staticmethod
    def prefix(poll: str, style: str, number: int, credential: str) -> str:
        """Return the prefix of the proof of knowledge of the credential's secret."""
        return f"ippyo-surrender-v1|{poll}|{style}|{number}|{credential}|"

    @classmethod
    def make(cls, poll: Poll, ticket: Ticket, credential: Credential, number: int) -> Self:
        """Prove that the holder of the credential wants this."""
        prefix = cls.prefix(poll.fingerprint, ticket.style, number, credential.text)
        return cls(poll.fingerprint, ticket, number, schnorr.prove(poll.group, prefix, credential.secret))

    @classmethod
    def parse(cls, read: Fields, poll: Poll) -> Self:
        """Decode the fields."""
        ticket = Ticket.from_value(read.raw("ticket"), poll.group)
        proof = Proof.from_value(poll.group, read.raw("proof"), "surrender proof")
        return cls(poll.fingerprint, ticket, read.integer("number", low=1), proof)

    def values(self) -> dict[str, object]:  # noqa: D102
        return {"ticket": self.ticket.to_value(), "number": self.number, "proof": self.proof.to_value()}
