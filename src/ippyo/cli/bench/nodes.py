"""How many ballots a second nodes on this machine accept, how long a receipt takes, and where the time goes."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ippyo.audit.opened import ledger_facts
from ippyo.ballot.voting_code import VotingCode
from ippyo.cli.bench.method import machine
from ippyo.cli.bench.subjects import bench_manifest
from ippyo.cli.demo.devices import Voter, Workshop
from ippyo.cli.demo.offices import Offices, establish, hold_ceremony, make_genesis, record_documents
from ippyo.cli.local_network import LocalNetwork
from ippyo.contract.genesis import LedgerKeys
from ippyo.contract.interface import BlockContext
from ippyo.contract.machine import Contract
from ippyo.contract.poll import Poll
from ippyo.contract.stateless import check_transactions
from ippyo.contract.transactions import Issued, Open
from ippyo.crypto import ceremony
from ippyo.crypto.groups import group
from ippyo.ledger.chain import Block
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.database import Database
from ippyo.ledger.engine import NotYetError
from ippyo.ledger.sqlite_store import SqliteStore

__all__ = ["NodesFigures", "measure_nodes"]

RECEIPT_SECONDS = 120.0
PAUSE = 0.1
_CHUNK = 16


@dataclass(frozen=True, slots=True)
class NodesFigures:
    """``ballots`` real ballots of ``answers`` answers, handed in by ``at_once`` voters at a time.

    Times are in milliseconds: of one ballot from handing in to a receipt that verifies (median and 95th percentile);
    of one ballot for its proofs, for the rules, and on the disk, in one process on one core, each node once.
    """

    nodes: int
    ballots: int
    answers: int
    at_once: int
    per_second: float
    receipt_median: float
    receipt_p95: float
    blocks: int
    check_ms: float
    rules_ms: float
    disk_ms: float

    def to_text(self) -> str:
        """Return JSON with the machine."""
        names = self.__dataclass_fields__
        value: dict[str, Any] = {name: getattr(self, name) for name in names}
        rounded = {name: round(number, 2) if isinstance(number, float) else number for name, number in value.items()}
        return json.dumps({"machine": machine(), "figures": rounded}, ensure_ascii=False, indent=1)


def measure_nodes(nodes: int, ballots: int, answers: int, at_once: int) -> NodesFigures:
    """Run ``nodes`` nodes here, let ``ballots`` voters vote, and measure. Ballots are sealed before the clock runs."""
    now = int(time.time())
    manifest = replace(bench_manifest("Ed25519", answers), opens=now - 3600, closes=now + 24 * 3600)
    offices = establish(manifest)
    context = ceremony.CeremonyContext(manifest.hash, group(manifest.group), manifest.trustees)
    trustees, transcript, _ = hold_ceremony(context)
    with tempfile.TemporaryDirectory(prefix="ippyo-bench-") as folder, LocalNetwork(Path(folder), nodes) as network:
        cosigners = tuple(operator.cosigner.to_text() for operator in network.operators)
        keys = LedgerKeys("comet", offices.log.verifier.to_text(), cosigners, network.quorum)
        poll = make_genesis(offices, trustees, transcript, keys)
        casts = _casts(poll, offices, ballots)
        network.join(poll, record_documents(poll, transcript), offices.log)
        network.start()
        facts = ledger_facts(poll.genesis)
        with OperatorsLedger(facts, network.fronts(facts)) as ledger:
            for index, issuer in enumerate(offices.issuers, start=1):
                ledger.submit_and_wait(Issued.make(poll.fingerprint, index, "all", ballots, issuer.key).to_text())
            ledger.submit_and_wait(Open(poll.fingerprint).signed(offices.quorum_of_officers()).to_text())
            start = time.perf_counter()
            with ThreadPoolExecutor(at_once) as voters:
                times = list(voters.map(lambda cast: _vote(ledger, cast), casts))
            seconds = time.perf_counter() - start
            blocks = list(ledger.blocks())
        check, rules, disk = _split(poll, blocks, Path(folder) / "split.sqlite")
    return NodesFigures(
        nodes=nodes,
        ballots=ballots,
        answers=answers,
        at_once=at_once,
        per_second=ballots / seconds,
        receipt_median=1000 * statistics.median(times),
        receipt_p95=1000 * statistics.quantiles(times, n=20)[-1],
        blocks=len(blocks),
        check_ms=check,
        rules_ms=rules,
        disk_ms=disk,
    )


def _casts(poll: Poll, offices: Offices, ballots: int) -> list[str]:
    """Let so many voters get tickets, beside any registry, and seal a ballot each."""
    voters = [Voter("all", VotingCode.generate()) for _ in range(ballots)]
    answers = len(poll.manifest.contests[0].answers)
    choices = [{"bench": tuple(int(i == number % answers) for i in range(answers))} for number in range(ballots)]
    with Workshop(poll, offices.issuers) as workshop:
        workshop.requests(voters)
        blinded = [voter.request.blinded_messages for voter in voters if voter.request is not None]
        workshop.tickets(voters, workshop.sign(["all"] * ballots, blinded))
        return workshop.casts(voters, choices)


def _vote(ledger: OperatorsLedger, cast: str) -> float:
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


def _split(poll: Poll, blocks: Sequence[Block], path: Path) -> tuple[float, float, float]:
    """Execute ``blocks`` again in this process; return milliseconds a ballot for proofs, rules and disk."""
    check = rules = disk = 0.0
    known: dict[str, Any] = {}
    with Database(path) as database:
        contract = Contract(poll, SqliteStore(database), lambda texts: [known[text] for text in texts])
        for block in blocks:
            start = time.perf_counter()
            for first in range(0, len(block.transactions), _CHUNK):
                texts = block.transactions[first : first + _CHUNK]
                known |= dict(zip(texts, check_transactions(poll, texts), strict=True))
            checked = time.perf_counter()
            # A block that somebody else proposed is judged once and executed once.
            ctx = BlockContext(block.header.height, block.header.time)
            contract.acceptable(ctx, block.transactions)
            contract.apply(ctx, block.transactions)
            executed = time.perf_counter()
            contract.commit()
            check, rules, disk = (
                check + checked - start,
                rules + executed - checked,
                disk + time.perf_counter() - executed,
            )
    ballots = sum(len(block.transactions) for block in blocks)
    return 1000 * check / ballots, 1000 * rules / ballots, 1000 * disk / ballots
