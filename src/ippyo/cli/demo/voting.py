"""The days of voting: visits in order of time, tickets before ballots, blocks on the ledger."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ippyo.ballot.voting_code import VotingCode
from ippyo.cli.demo.clock import DemoClock
from ippyo.cli.demo.devices import Voter, Workshop
from ippyo.cli.demo.engines import DemoLedger
from ippyo.cli.demo.narrator import Ticker
from ippyo.cli.demo.plan import VoterPlan
from ippyo.errors import RefusedError
from ippyo.poll.choice import Choice

__all__ = ["Register", "Visit", "VotingDays", "plan_visits"]

Register = Callable[[Sequence[tuple[int, Voter]]], None]
"""Gets tickets for voters, each with the number of a resident (from 0)."""

BATCH = 128
"""Visits that share a pair of blocks: first the raised totals, then the casts."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A voter (by number) comes at ``time`` (ms) and casts ``choices``."""

    time: int
    voter: int
    choices: Mapping[str, Choice]


def plan_visits(plan: Sequence[VoterPlan], opens_ms: int, closes_ms: int) -> list[Visit]:
    """Spread the voters' visits over the open hours; a second visit comes after the first."""
    draw = random.Random(f"ippyo demo visits {len(plan)}")
    last = closes_ms - 3_600_000
    visits = []
    for number, voter in enumerate(plan):
        times = sorted((draw.randrange(opens_ms, last), draw.randrange(opens_ms, last)))
        if voter.earlier is not None:
            visits.append(Visit(times[0], number, voter.earlier))
        visits.append(Visit(times[1], number, voter.choices))
    visits.sort(key=lambda visit: (visit.time, visit.voter))
    return visits


class VotingDays:
    """Plays the visits, and remembers what the voters' own devices remember."""

    def __init__(
        self,
        ledger: DemoLedger,
        clock: DemoClock,
        workshop: Workshop,
        plan: Sequence[VoterPlan],
        register: Register,
    ) -> None:
        """``register`` gets tickets for voters who have none."""
        self._ledger = ledger
        self._clock = clock
        self._workshop = workshop
        self.register = register
        self.voters = [Voter(voter.style, VotingCode.generate()) for voter in plan]
        self.replaced_cast = ""
        """A cast that a later one of the same voter replaced."""
        self.held_cast = ""
        """A cast that never arrived: somebody on the way held it back, and the voter's device made the next one."""
        self.last_cast: str = ""

    def play(self, visits: Sequence[Visit], ticker: Ticker) -> None:
        """Let all ``visits`` happen. Raises :class:`RefusedError` if an honest voter is refused."""
        first: dict[int, str] = {}
        for batch in _batches(visits):
            self._clock.set(batch[0].time)
            newcomers = dict.fromkeys(visit.voter for visit in batch if self.voters[visit.voter].ticket is None)
            if newcomers:
                # The registries raise their totals on the ledger before any ticket leaves them.
                self.register([(number, self.voters[number]) for number in newcomers])
            self._clock.set(batch[-1].time)
            if not self.held_cast:
                (self.held_cast,) = self._workshop.casts([self.voters[batch[0].voter]], [batch[0].choices])
            texts = self._workshop.casts(
                [self.voters[visit.voter] for visit in batch], [visit.choices for visit in batch]
            )
            self._append(texts)
            for visit, text in zip(batch, texts, strict=True):
                self.last_cast = text
                if visit.voter in first:
                    self.replaced_cast = first[visit.voter]
                elif not self.replaced_cast:
                    first[visit.voter] = text
            ticker.advance(len(batch))

    def cast(self, voter: Voter, choices: Mapping[str, Choice]) -> str:
        """Let one voter's device seal and write a cast, without sending it."""
        return self._workshop.casts([voter], [choices])[0]

    def _append(self, texts: Sequence[str]) -> None:
        outcome = self._ledger.append_block(texts)
        for verdict in outcome.verdicts:
            if not verdict.accepted:
                raise RefusedError(verdict.code, f"an honest transaction was refused: {verdict.detail}")


def _batches(visits: Sequence[Visit]) -> Iterator[Sequence[Visit]]:
    for start in range(0, len(visits), BATCH):
        yield visits[start : start + BATCH]
