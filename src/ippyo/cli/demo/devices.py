"""What runs on voters' devices and in the issuers' offices, spread over the processor's cores.

The functions below run in worker processes. Each worker is given the poll, and the issuers' keys, once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from ippyo.ballot.seal import seal
from ippyo.ballot.ticket import Ticket, TicketRequest
from ippyo.ballot.voting_code import VotingCode
from ippyo.cli.demo.applicant import Applicant, Site, TicketInHand
from ippyo.cli.demo.cards import CardInReader
from ippyo.cli.demo.quiet_pool import QuietPool
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Cast
from ippyo.identity.card.applications import KeyKind
from ippyo.identity.card.virtual.contents import CardContents
from ippyo.poll.choice import Choice
from ippyo.registry.issuance.keys import IssuerSecrets

__all__ = ["Papers", "Voter", "Workshop"]

VISITS_AT_ONCE = 12
"""Voters of one worker who are at the registry at the same time: most of a visit is waiting for blocks."""

_poll: Poll | None = None
_issuers: tuple[IssuerSecrets, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Papers:
    """What a voter has from the town: the letter's registration code (if the poll sends letters), and the card."""

    registration_code: str | None
    card: CardContents


@dataclass
class Voter:
    """A voter's own memory: the code, what was got with it, and how many casts were made (they are numbered)."""

    style: str
    code: VotingCode = field(repr=False)
    request: TicketRequest | None = field(default=None, repr=False)
    ticket: Ticket | None = field(default=None, repr=False)
    casts: int = 0

    def next_number(self) -> int:
        """Return the number of the next cast: 1 for the first.

        Each of these voters has one device, which counts. A device among several asks the ledger, and takes last + 16.
        """
        self.casts += 1
        return self.casts


def _prepare(poll: Poll, issuers: tuple[IssuerSecrets, ...]) -> None:
    global _poll, _issuers
    _poll, _issuers = poll, issuers


def _worker_poll() -> Poll:
    assert _poll is not None, "workers are prepared"
    return _poll


def _request(style: str, code: VotingCode) -> TicketRequest:
    poll = _worker_poll()
    return TicketRequest.create(code, poll.fingerprint, poll.group, style, poll.ticket_keys[style])


def _sign(style: str, blinded: Sequence[bytes]) -> tuple[bytes, ...]:
    return tuple(issuer.styles[style].blind_sign(message) for issuer, message in zip(_issuers, blinded, strict=True))


def _finish(request: TicketRequest, answer: Sequence[bytes]) -> Ticket:
    return request.finish(answer)


def _register(origins: Sequence[str], arrivals: Sequence[tuple[VotingCode, Papers]]) -> list[TicketInHand]:
    """Let voters register, several at once, each on a device of his own."""
    poll = _worker_poll()
    signature = poll.manifest.policies.certificate == "signature"

    def register(arrival: tuple[VotingCode, Papers]) -> TicketInHand:
        code, papers = arrival
        card = CardInReader(papers.card, KeyKind.SIGNATURE if signature else KeyKind.USER)
        return Applicant(poll, [Site(origin, origins[0]) for origin in origins], code).register(
            papers.registration_code, card
        )

    with ThreadPoolExecutor(max_workers=VISITS_AT_ONCE) as threads:
        return list(threads.map(register, arrivals))


def _cast(ticket: Ticket, request: TicketRequest, number: int, choices: Mapping[str, Choice]) -> str:
    poll, credential = _worker_poll(), request.credential
    ballots = {contest: seal(poll.election(contest), credential, choice) for contest, choice in choices.items()}
    return Cast.make(poll, ticket, credential, number, ballots).to_text()


class Workshop:
    """The pool of workers."""

    def __init__(self, poll: Poll, issuers: Sequence[IssuerSecrets]) -> None:
        self._pool = QuietPool(os.cpu_count() or 1, _prepare, poll, tuple(issuers))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, traceback: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def requests(self, voters: Sequence[Voter]) -> None:
        """Let each voter's device make its blinded request."""
        made = self._pool.map(_request, [v.style for v in voters], [v.code for v in voters], chunksize=8)
        for voter, request in zip(voters, made, strict=True):
            voter.request = request

    def register(self, origins: Sequence[str], voters: Sequence[Voter], papers: Sequence[Papers]) -> None:
        """Let each voter register at the sites of all issuers; ``origins`` are theirs, in issuer order."""
        arrivals = [(voter.code, paper) for voter, paper in zip(voters, papers, strict=True)]
        share = -(-len(arrivals) // (os.cpu_count() or 1))
        chunks = [arrivals[start : start + share] for start in range(0, len(arrivals), share)]
        found = [one for part in self._pool.map(_register, [origins] * len(chunks), chunks) for one in part]
        for voter, in_hand in zip(voters, found, strict=True):
            voter.request, voter.ticket = in_hand.request, in_hand.ticket

    def sign(self, styles: Sequence[str], blinded: Sequence[Sequence[bytes]]) -> list[tuple[bytes, ...]]:
        """Let all issuers together sign blinded messages beside their registries, as only cheats would."""
        return list(self._pool.map(_sign, styles, blinded, chunksize=8))

    def tickets(self, voters: Sequence[Voter], answers: Sequence[Sequence[bytes]]) -> None:
        """Let each voter's device unblind its ticket, and check it."""
        made = self._pool.map(_finish, [v.request for v in voters], answers, chunksize=8)
        for voter, ticket in zip(voters, made, strict=True):
            voter.ticket = ticket

    def casts(self, voters: Sequence[Voter], choices: Sequence[Mapping[str, Choice]]) -> list[str]:
        """Let each voter's device seal its ballots and write the cast."""
        tickets, requests = [v.ticket for v in voters], [v.request for v in voters]
        numbers = [v.next_number() for v in voters]
        return list(self._pool.map(_cast, tickets, requests, numbers, choices, chunksize=8))
