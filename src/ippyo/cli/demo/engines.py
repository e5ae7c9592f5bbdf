"""Which ledger the demonstration plays on: one process with a clock that can be set, or nodes with real clocks."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ippyo.canonical import loads, sha256_b64
from ippyo.cli.demo.clock import DemoClock
from ippyo.cli.demo.offices import Offices, one_computer
from ippyo.cli.language import say
from ippyo.cli.local_network import LocalNetwork
from ippyo.contract.genesis import LedgerKeys
from ippyo.contract.interface import Verdict
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.errors import CheckFailedError, RefusedError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.export import export_from_operators
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import BlockOutcome, EmbeddedLedger
from ippyo.ledger.engine import Accepted, Ledger, NotYetError
from ippyo.ledger.record import export_record
from ippyo.poll.limits import TRANSACTION_LIMIT
from ippyo.poll.manifest import Manifest

__all__ = ["CometEngine", "DemoLedger", "EmbeddedEngine", "Engine"]

BLOCK_WAIT = 0.02
"""Seconds that a block waits for company: the town's clock runs faster than ours."""

WAIT = 60.0
PAUSE = 0.05


class DemoLedger(Ledger, Protocol):
    """A ledger into which the phases put transactions together, and look what became of each."""

    facts: LedgerFacts

    def append_block(self, txs: Sequence[str]) -> BlockOutcome:
        """Let ``txs`` be judged as if in this order."""
        ...


class Engine(Protocol):
    """How the ledger of the demonstration is kept."""

    @property
    def clock(self) -> DemoClock:
        """The town's clock."""
        ...

    def keys(self, offices: Offices) -> LedgerKeys:
        """Return what genesis says of the ledger."""
        ...

    def running(self, poll: Poll, offices: Offices, documents: Mapping[str, str]) -> AbstractContextManager[DemoLedger]:
        """Run the ledger inside a ``with``."""
        ...

    def describe(self, facts: LedgerFacts) -> tuple[str, str]:
        """Return in Japanese and English what keeps the ledger, and what it can bear."""
        ...

    def publish(self, offices: Offices, record: Path) -> tuple[int, int]:
        """Write the public record; return how many transactions it has, and how many signatures it is under."""
        ...


class EmbeddedEngine:
    """One process, whose clock is set forward from visit to visit."""

    def __init__(self, manifest: Manifest, private: Path) -> None:
        self._private = private
        # The town's clock starts the day before the poll opens.
        self.clock = DemoClock((manifest.opens - 86_400) * 1000)
        self._database: Database | None = None
        self._ledger: EmbeddedLedger | None = None

    def keys(self, offices: Offices) -> LedgerKeys:
        """Two witnesses, who must both cosign."""
        return one_computer(offices)

    @contextmanager
    def running(self, poll: Poll, offices: Offices, documents: Mapping[str, str]) -> Iterator[EmbeddedLedger]:
        """Run the ledger; its thread makes blocks of what comes over HTTP, the phases make theirs one by one."""
        with (
            Database(self._private / "ledger.sqlite") as self._database,
            EmbeddedLedger(
                self._database,
                LedgerFacts.of(poll.genesis),
                offices.log,
                lambda store: Contract(poll, store),
                documents=documents,
                clock=self.clock,
                block_wait=BLOCK_WAIT,
            ) as self._ledger,
        ):
            yield self._ledger

    def describe(self, facts: LedgerFacts) -> tuple[str, str]:
        """Say that one computer is one computer."""
        needed = f"{facts.quorum} / {len(facts.witnesses)}"
        return (
            f"台帳はこの一台で動く。書き換えれば見つかるが、この一台が止まれば投票も止まる（立会署名 {needed}）",
            f"one computer keeps the ledger: tampering shows, but if it stops, the poll waits (witnesses: {needed})",
        )

    def publish(self, offices: Offices, record: Path) -> tuple[int, int]:
        """Let the witnesses cosign, and write the record."""
        assert self._ledger is not None
        assert self._database is not None
        with offices.witnesses_at_work(self._private, self.clock) as witnesses:
            self._ledger.cosign(witnesses)
            return export_record(self._database, record), len(witnesses)


class _RealClock(DemoClock):
    """A clock that nobody can set: whoever wants another time waits for it."""

    def set(self, time_ms: int) -> None:
        """Wait until it is ``time_ms``, and a moment more, for the nodes' blocks to get there."""
        time.sleep(max(0.0, time_ms / 1000 - time.time()))
        self.now = time.time_ns() // 1_000_000


class CometEngine:
    """``number`` nodes on this computer, each with an application and a CometBFT of its own."""

    HOURS_PASSED = 6 * 3600
    """Seconds for which the poll has been open when the first voter comes."""

    SETUP_SECONDS = 75
    SECONDS_PER_VOTER = 0.5
    BUSIEST = 3.0

    def __init__(self, manifest: Manifest, private: Path, number: int) -> None:
        self.clock: DemoClock = _RealClock(time.time_ns() // 1_000_000)
        self._private = private
        self._number = number
        self._closes = manifest.closes
        self._network: LocalNetwork | None = None
        self._ledger: _OperatorsBox | None = None
        self._documents: Mapping[str, str] = {}

    @classmethod
    def with_hours(cls, manifest: Manifest, voters: int, minutes: int | None = None) -> Manifest:
        """Return the manifest with hours that end in so many minutes, for nodes' clocks are real.

        Without ``minutes`` they end when so many voters will have voted on this machine, as it is now.
        """
        now = int(time.time())
        # A machine that has other things to do takes longer.
        busy = min(max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) / 2), cls.BUSIEST)
        guess = int(busy * (cls.SETUP_SECONDS + cls.SECONDS_PER_VOTER * voters))
        lasts = guess if minutes is None else 60 * minutes
        return replace(manifest, opens=now - cls.HOURS_PASSED, closes=now + lasts)

    def keys(self, offices: Offices) -> LedgerKeys:
        """Let every operator make keys; more than two thirds of them must sign."""
        self._network = LocalNetwork(self._private / "nodes", self._number)
        return self._network.keys(offices.log)

    @contextmanager
    def running(self, poll: Poll, offices: Offices, documents: Mapping[str, str]) -> Iterator[DemoLedger]:
        """Run the nodes."""
        assert self._network is not None
        self._documents = documents
        facts = LedgerFacts.of(poll.genesis)
        self._network.join(poll, documents, offices.log)
        with self._network, _OperatorsBox(facts, self._network.fronts(facts)) as self._ledger:
            self._network.start()
            yield self._ledger

    def describe(self, facts: LedgerFacts) -> tuple[str, str]:
        """Say how many nodes there are, how many may fail, and that their clocks are real."""
        number, bears = len(facts.witnesses), (len(facts.witnesses) - 1) // 3
        left = max(0, int(self._closes - time.time()))
        return (
            f"台帳は {number} 者のノードで動く（{bears} 者までの停止や不正に耐える）。時計は本物で、締切は {left} 秒後",
            f"{number} nodes keep the ledger ({bears} may fail or cheat); it closes in {left} s by real clocks",
        )

    def publish(self, offices: Offices, record: Path) -> tuple[int, int]:
        """Write the record from the nodes."""
        assert self._ledger is not None
        written = export_from_operators(self._ledger, self._documents, record)
        network = self._ledger.network()
        if network.deviants or not network.goes_on:
            raise CheckFailedError(say("ノードが一致しません。", "the nodes do not agree"))
        return written, self._ledger.checkpoint().cosigners(self._ledger.facts)


class _OperatorsBox(OperatorsLedger):
    """The nodes, with what the phases of the demonstration ask for."""

    def __enter__(self) -> _OperatorsBox:
        return self

    def append_block(self, txs: Sequence[str]) -> BlockOutcome:
        """Hand in ``txs`` at once, but those of one credential one after the other.

        Returns when a quorum has signed all that was accepted, so that whoever reads the ledger then finds it.
        """
        judged: dict[int, tuple[Verdict, Accepted | None]] = {}
        for places in _rounds(txs):
            pending = [(place, None if self._known(txs[place]) else self.submit(txs[place])) for place in places]
            for place, waiting in pending:
                try:
                    if waiting is None:
                        # A second sending is no harm, and nodes take it as done; the contract's word for it is this.
                        judged[place] = (Verdict("duplicate", "this transaction was accepted before"), None)
                    else:
                        judged[place] = (Verdict(), waiting.result(WAIT))
                except RefusedError as refusal:
                    judged[place] = (Verdict(refusal.code, refusal.detail), None)
        verdicts, accepted = zip(*(judged[place] for place in range(len(txs))), strict=True)
        if indices := [one.index for one in accepted if one is not None]:
            self._wait_for_receipt(max(indices))
        return BlockOutcome(tuple(verdicts), tuple(accepted), None)

    def _known(self, tx: str) -> bool:
        return self.find(sha256_b64(tx)) is not None

    def _wait_for_receipt(self, index: int) -> None:
        end = time.monotonic() + WAIT
        while True:
            try:
                self.receipt(index)
            except NotYetError:
                if time.monotonic() > end:
                    raise
                time.sleep(PAUSE)
            else:
                return


def _rounds(txs: Sequence[str]) -> list[list[int]]:
    """Split the places of ``txs`` so that each round has at most one transaction of a credential."""
    rounds: dict[int, list[int]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    for place, tx in enumerate(txs):
        value = loads(tx, what="transaction", limit=TRANSACTION_LIMIT)
        credential = value["ticket"]["credential"] if "ticket" in value else ""
        rounds[seen[credential] if credential else 0].append(place)
        seen[credential] += 1
    return [rounds[number] for number in sorted(rounds)]
