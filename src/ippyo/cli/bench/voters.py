"""Voters for the nodes to be measured by: any number of them, but never more than a few hundred ballots in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from ippyo.ballot.voting_code import VotingCode
from ippyo.cli.demo.devices import Voter, Workshop
from ippyo.cli.demo.offices import Offices
from ippyo.contract.poll import Poll
from ippyo.ledger.engine import Ledger, NotYetError

__all__ = ["sealed_ahead", "sealed_before", "vote"]

RECEIPT_SECONDS = 600.0
PAUSE = 0.1
_AT_ONCE = 256
"""Ballots that are sealed together."""


def sealed_ahead(poll: Poll, offices: Offices, ballots: int) -> Iterator[str]:
    """Yield so many casts, each of another voter, sealed in other processes while those before are used."""
    with Workshop(poll, offices.issuers) as workshop, ThreadPoolExecutor(1) as ahead:
        sizes = [min(_AT_ONCE, ballots - first) for first in range(0, ballots, _AT_ONCE)]
        coming = ahead.submit(_sealed, workshop, poll, sizes[0])
        for size in [*sizes[1:], 0]:
            casts, coming = coming.result(), ahead.submit(_sealed, workshop, poll, size)
            yield from casts


def sealed_before(poll: Poll, offices: Offices, ballots: int, file: Path) -> Iterator[str]:
    """Seal so many casts into ``file``, then return an iterator over them."""
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"{cast}\n" for cast in sealed_ahead(poll, offices, ballots))
    return _lines(file)


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8") as casts:
        for cast in casts:
            yield cast.removesuffix("\n")


def _sealed(workshop: Workshop, poll: Poll, number: int) -> list[str]:
    """Let voters get tickets, beside any registry, and seal a ballot each."""
    voters = [Voter("all", VotingCode.generate()) for _ in range(number)]
    answers = len(poll.manifest.contests[0].answers)
    choices = [{"bench": tuple(int(i == voter % answers) for i in range(answers))} for voter in range(number)]
    workshop.requests(voters)
    blinded = [voter.request.blinded_messages for voter in voters if voter.request is not None]
    workshop.tickets(voters, workshop.sign(["all"] * number, blinded))
    return workshop.casts(voters, choices)


def vote(ledger: Ledger, casts: Iterator[str], at_once: int) -> list[float]:
    """Let voters hand in ``casts``, so many at a time; return the seconds that each one's receipt took."""
    door = Lock()

    def take_turns(_: int) -> list[float]:
        times: list[float] = []
        while True:
            with door:
                cast = next(casts, None)
            if cast is None:
                return times
            times.append(_vote(ledger, cast))

    with ThreadPoolExecutor(at_once) as booths:
        return [seconds for times in booths.map(take_turns, range(at_once)) for seconds in times]


def _vote(ledger: Ledger, cast: str) -> float:
    """Hand in a ballot, wait for its receipt, and return the seconds that it took."""
    start = time.perf_counter()
    index = ledger.submit_and_wait(cast, RECEIPT_SECONDS).index
    while True:
        try:
            ledger.receipt(index)
        except NotYetError:
            if time.perf_counter() - start > RECEIPT_SECONDS:
                raise
            time.sleep(PAUSE)
        else:
            return time.perf_counter() - start
