"""How many ballots a second nodes on this machine accept, how long a receipt takes, and where time and memory go."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ippyo.cli.bench.method import machine
from ippyo.cli.bench.processes import Cost, NodeCosts
from ippyo.cli.bench.subjects import bench_manifest
from ippyo.cli.bench.voters import sealed_ahead, sealed_before, vote
from ippyo.cli.demo.offices import Offices, found
from ippyo.cli.local_network import LocalNetwork
from ippyo.contract.interface import BlockContext
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.contract.stateless import check_transactions
from ippyo.contract.transactions import Issued, Open
from ippyo.ledger.chain import Block
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.database import Database
from ippyo.ledger.sqlite_store import SqliteStore

__all__ = ["NodesFigures", "NodesRun", "measure_nodes"]

_CHUNK = 16
_SPLIT_BALLOTS = 1000
"""So many ballots are executed again, to tell how their cost is split."""


@dataclass(frozen=True, slots=True)
class NodesRun:
    """What to measure: ``ballots`` real ballots of ``answers`` answers, handed in by ``at_once`` voters at a time.

    Ballots are sealed before the clock runs, or meanwhile on the same processors (``seal_ahead``). After every
    ``stretch`` ballots it is told how the nodes did, to show what grows.
    """

    nodes: int
    ballots: int
    answers: int
    at_once: int
    stretch: int
    seal_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """How the nodes did from one look at them to the next, ``ballots`` being those of the whole run so far.

    Times are in milliseconds: from handing in to a receipt that verifies (median and 95th percentile); from one block
    of the ledger to the next; of all nodes' processes and of the voters' own, on one core, for each ballot. Memory is
    that of all nodes at the end, in MiB.
    """

    ballots: int
    per_second: float
    receipt_median: float
    receipt_p95: float
    block_ms: float
    app_ms: float
    checks_ms: float
    comet_ms: float
    voters_ms: float
    app_mib: float
    checks_mib: float
    comet_mib: float

    def to_text(self) -> str:
        """Return one line of JSON."""
        return json.dumps(_rounded(asdict(self)))


@dataclass(frozen=True, slots=True)
class NodesFigures:
    """The figures of a whole run, and of one ballot in one process on one core, in milliseconds.

    ``check_ms`` is processor time for its proofs, ``rules_ms`` for the rules, ``disk_ms`` the time that the disk takes;
    each node has these once.
    """

    run: NodesRun
    whole: Stretch
    check_ms: float
    rules_ms: float
    disk_ms: float

    def to_text(self) -> str:
        """Return JSON with the machine."""
        figures = asdict(self.run) | asdict(self.whole)
        figures |= {"check_ms": self.check_ms, "rules_ms": self.rules_ms, "disk_ms": self.disk_ms}
        return json.dumps({"machine": machine(), "figures": _rounded(figures)}, ensure_ascii=False, indent=1)


def _rounded(value: dict[str, Any]) -> dict[str, Any]:
    return {name: round(number, 2) if isinstance(number, float) else number for name, number in value.items()}


def measure_nodes(run: NodesRun, tell: Callable[[str], None]) -> NodesFigures:
    """Run nodes here, let voters vote, and measure; ``tell`` gets a line of JSON for every stretch."""
    now = int(time.time())
    manifest = replace(bench_manifest("Ed25519", run.answers), opens=now - 3600, closes=now + 24 * 3600)
    with tempfile.TemporaryDirectory(prefix="ippyo-bench-") as name, LocalNetwork(Path(name), run.nodes) as network:
        founded = found(manifest, lambda offices: network.keys(offices.log))
        poll, offices = founded.poll, founded.offices
        if run.seal_ahead:
            casts = sealed_ahead(poll, offices, run.ballots)
        else:
            casts = sealed_before(poll, offices, run.ballots, Path(name) / "casts")
        network.join(poll, founded.documents, offices.log)
        network.start()
        facts = LedgerFacts.of(poll.genesis)
        with OperatorsLedger(facts, network.fronts(facts)) as ledger:
            _open(poll, offices, run.ballots, ledger)
            whole = _all_vote(run, casts, ledger, network, tell)
            check, rules, disk = _split(poll, ledger.blocks(), Path(name) / "split.sqlite")
    return NodesFigures(run, whole, check, rules, disk)


def _open(poll: Poll, offices: Offices, ballots: int, ledger: OperatorsLedger) -> None:
    for index, issuer in enumerate(offices.issuers, start=1):
        ledger.submit_and_wait(Issued.make(poll.fingerprint, index, "all", ballots, issuer.key).to_text())
    ledger.submit_and_wait(Open(poll.fingerprint).signed(offices.quorum_of_officers()).to_text())


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of the nodes at one moment."""

    seconds: float
    voters_cpu: float
    blocks: int
    costs: NodeCosts

    @classmethod
    def at(cls, ledger: OperatorsLedger, network: LocalNetwork) -> _Look:
        running = [node.process.pid for node in network.nodes if node.process is not None]
        blocks = ledger.header().header.height
        return cls(time.perf_counter(), time.process_time(), blocks, NodeCosts.of(running))

    def since(self, before: _Look, ballots: int, times: list[float]) -> Stretch:
        """Return how the nodes did since the look ``before``; ``times`` has the seconds of each ballot since then."""

        def milliseconds(now: Cost, then: Cost) -> float:
            return 1000 * (now.cpu - then.cpu) / len(times)

        seconds = self.seconds - before.seconds
        return Stretch(
            ballots=ballots,
            per_second=len(times) / seconds,
            receipt_median=1000 * statistics.median(times),
            receipt_p95=1000 * sorted(times)[int(0.95 * (len(times) - 1))],
            block_ms=1000 * seconds / max(1, self.blocks - before.blocks),
            app_ms=milliseconds(self.costs.app, before.costs.app),
            checks_ms=milliseconds(self.costs.checks, before.costs.checks),
            comet_ms=milliseconds(self.costs.comet, before.costs.comet),
            voters_ms=1000 * (self.voters_cpu - before.voters_cpu) / len(times),
            app_mib=self.costs.app.memory / (1 << 20),
            checks_mib=self.costs.checks.memory / (1 << 20),
            comet_mib=self.costs.comet.memory / (1 << 20),
        )


def _all_vote(
    run: NodesRun, casts: Iterator[str], ledger: OperatorsLedger, network: LocalNetwork, tell: Callable[[str], None]
) -> Stretch:
    times: list[float] = []
    first = before = _Look.at(ledger, network)
    while len(times) < run.ballots:
        some = vote(ledger, islice(casts, min(run.stretch, run.ballots - len(times))), run.at_once)
        times += some
        now = _Look.at(ledger, network)
        tell(now.since(before, len(times), some).to_text())
        before = now
    return before.since(first, len(times), times)


def _split(poll: Poll, blocks: Iterable[Block], path: Path) -> tuple[float, float, float]:
    """Execute the first ``blocks`` again in this process; return milliseconds a ballot for proofs, rules and disk."""
    check = rules = disk = 0.0
    ballots = 0
    known: dict[str, Any] = {}
    with Database(path) as database:
        contract = Contract(poll, SqliteStore(database), lambda texts: [known[text] for text in texts])
        for block in blocks:
            start = time.process_time()
            for first in range(0, len(block.transactions), _CHUNK):
                texts = block.transactions[first : first + _CHUNK]
                known |= dict(zip(texts, check_transactions(poll, texts), strict=True))
            checked = time.process_time()
            # A block that somebody else proposed is judged by executing it, and decided without doing so again.
            ctx = BlockContext(block.header.height, block.header.time)
            contract.acceptable(ctx, block.transactions)
            contract.apply(ctx, block.transactions)
            check, rules = check + checked - start, rules + time.process_time() - checked
            executed = time.perf_counter()
            contract.commit()
            disk += time.perf_counter() - executed
            ballots += len(block.transactions)
            if ballots >= _SPLIT_BALLOTS:
                break
    return 1000 * check / ballots, 1000 * rules / ballots, 1000 * disk / ballots
