"""Four operators with the real CometBFT, after the voting hours: whoever proposes a vote is refused by the others."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ippyo.canonical import sha256_b64
from ippyo.cli.local_network import LocalNetwork
from ippyo.contract.poll import Poll
from ippyo.errors import RefusedError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.operators import OperatorsLedger

ATTACKED = Path(__file__).with_name("attacked_node.py")
WAIT = 180.0
TURNS = 12
"""More blocks than it takes until each of four operators has proposed one."""


@pytest.fixture
def late(comet: Path, small_polls: ModuleType, tmp_path: Path) -> Iterator[tuple[Any, Any, LocalNetwork, str]]:
    """Yield a poll whose hours are over, its ledger, its nodes, and a good vote, which the third node proposes."""
    now = int(time.time())
    manifest = replace(small_polls.manifest(), opens=now - 7200, closes=now - 3600)
    base = small_polls.SmallPoll.build(manifest)
    with ExitStack() as stack:
        network = stack.enter_context(LocalNetwork(tmp_path, 4))
        genesis = replace(base.poll.genesis, ledger=network.keys(base.log))
        small = replace(base, poll=Poll(manifest, genesis, base.poll.trustees))
        network.join(small.poll, small.documents, base.log)
        facts = LedgerFacts.of(genesis)
        vote = small.voter().cast(bridge=(1, 0), mayor=(0, 1, 0))
        attacked = network.nodes[2]
        (attacked.home.folder / "stuff.txt").write_text(vote + "\n")
        attacked.command = lambda home: [sys.executable, str(ATTACKED), "stuff", str(home)]
        network.start()
        yield small, stack.enter_context(OperatorsLedger(facts, network.fronts(facts))), network, vote


def test_a_vote_after_the_hours_gets_into_no_block(late: Any) -> None:
    small, ledger, network, vote = late
    for tx in (*small.issued_by_all(1), small.open()):
        ledger.submit_and_wait(tx, WAIT)
    with pytest.raises(RefusedError) as refusal:
        ledger.submit_and_wait(vote, WAIT)
    assert refusal.value.code == "closed"
    honest = [node for node in network.nodes if node is not network.nodes[2]]
    end = time.monotonic() + WAIT
    for number in count():
        # Notes go on as before: the false proposals cost a round each, and no more.
        ledger.submit_and_wait(small.audit(f"note {number}"), WAIT)
        logs = [(node.home.folder / "node.log").read_text(encoding="utf-8") for node in honest]
        # Two votes against it are enough: three of four must be for it.
        if number >= TURNS and sum("was refused" in log for log in logs) >= 2:
            break
        assert time.monotonic() < end, "no node says that it refused a proposal"
    assert ledger.find(sha256_b64(vote)) is None
    assert ledger.network().goes_on
