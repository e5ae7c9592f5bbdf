"""A finished poll for measuring the whole verification: real tickets, real blocks, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ippyo.cli.demo.attempts import send
from ippyo.cli.demo.clock import DemoClock
from ippyo.cli.demo.count import close, count
from ippyo.cli.demo.devices import Voter, Workshop
from ippyo.cli.demo.narrator import Narrator
from ippyo.cli.demo.offices import Offices, found
from ippyo.cli.demo.plan import make_plan
from ippyo.cli.demo.voting import VotingDays, plan_visits
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.contract.transactions import Issued, Open
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.record import export_record
from ippyo.poll.manifest import Manifest

__all__ = ["make_record"]


def make_record(manifest: Manifest, voters: int, folder: Path, narrator: Narrator) -> Path:
    """Hold a poll of ``voters`` voters in ``folder`` and return its record; keys are kept in memory only."""
    founded = found(manifest)
    poll, offices = founded.poll, founded.offices
    clock = DemoClock(manifest.opens * 1000 - 1)
    plan = make_plan(manifest, voters)
    with Database(folder / "ledger.sqlite") as database:
        ledger = EmbeddedLedger(
            database,
            LedgerFacts.of(poll.genesis),
            offices.log,
            lambda store: Contract(poll, store),
            documents=founded.documents,
            clock=clock,
        )
        send(ledger, Open(poll.fingerprint).signed(offices.quorum_of_officers()).to_text())
        visits = plan_visits(plan, manifest.opens * 1000, manifest.closes * 1000)
        with Workshop(poll, offices.issuers) as workshop, narrator.progress("投票", "votes", len(visits)) as ticker:
            VotingDays(ledger, clock, workshop, plan, _Issuing(poll, ledger, offices, workshop)).play(visits, ticker)
        clock.set(manifest.closes * 1000)
        close(poll, ledger, offices)
        count(poll, ledger, offices, founded.shares[: manifest.trustees.threshold])
        with offices.witnesses_at_work(folder, clock) as witnesses:
            ledger.cosign(witnesses)
        record = folder / "record"
        export_record(database, record)
    return record


class _Issuing:
    """Issues tickets without a registry: what is measured is the record."""

    def __init__(self, poll: Poll, ledger: EmbeddedLedger, offices: Offices, workshop: Workshop) -> None:
        self._poll = poll
        self._ledger = ledger
        self._issuers = offices.issuers
        self._workshop = workshop
        self._totals: Counter[str] = Counter()

    def __call__(self, arrivals: Sequence[tuple[int, Voter]]) -> None:
        """Raise the totals, and have the tickets signed."""
        voters = [voter for _, voter in arrivals]
        more = Counter(voter.style for voter in voters)
        self._totals.update(more)
        for index, issuer in enumerate(self._issuers, start=1):
            for style in sorted(more):
                issued = Issued.make(self._poll.fingerprint, index, style, self._totals[style], issuer.key)
                send(self._ledger, issued.to_text())
        self._workshop.requests(voters)
        blinded = [voter.request.blinded_messages for voter in voters if voter.request is not None]
        self._workshop.tickets(voters, self._workshop.sign([voter.style for voter in voters], blinded))
