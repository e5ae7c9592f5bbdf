"""Nodes with the real CometBFT on this machine, and a poll for them whose hours are around now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.waiting import until

from ippyo.cli.local_network import LocalNetwork, LocalNode
from ippyo.contract.poll import Poll
from ippyo.errors import InputError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet import delivery, panel
from ippyo.ledger.comet.binary import find_comet
from ippyo.ledger.comet.operators import OperatorsLedger
from ippyo.ledger.http import client

WAIT = 180.0
"""Seconds for what must happen, however busy the computer is."""


@dataclass
class CometPoll:
    """A small poll kept by the nodes of ``network``. ``small`` makes its transactions."""

    small: Any
    network: LocalNetwork
    ledger: OperatorsLedger
    facts: LedgerFacts
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def nodes(self) -> list[LocalNode]:
        return self.network.nodes

    def send(self, *txs: str) -> None:
        """Hand in all at once; every one must be accepted."""
        for pending in [self.ledger.submit(tx) for tx in txs]:
            pending.result(WAIT)

    def notes(self, number: int) -> list[str]:
        """Return so many small transactions, each another one."""
        return [self.small.audit(f"note {next(self.numbers)}") for _ in range(number)]

    def open(self, tickets: int = 50) -> None:
        self.send(*self.small.issued_by_all(tickets))
        self.send(self.small.open())

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = WAIT) -> None:
        """Wait until ``condition`` holds."""
        until(condition, what, seconds)

    def agree(self, names: int | None = None) -> bool:
        """Tell whether so many nodes (all, if None) are at one height and agree."""
        network = self.ledger.network()
        agreeing = [one for one in network.operators if one.agrees and not one.lag]
        return len(agreeing) >= (len(self.nodes) if names is None else names)


MakePoll = Callable[..., CometPoll]


@pytest.fixture(scope="module", autouse=True)
def _patient() -> Iterator[None]:
    """Pass over no node that answers late as a silent one, and give up nothing that waits for nodes to come back."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (panel, "ASK_SECONDS"),
            (panel, "GRACE_SECONDS"),
            (delivery, "WAIT"),
            (client, "READ_SECONDS"),
        ):
            patch.setattr(module, name, WAIT)
        yield


@pytest.fixture(scope="session")
def comet(require: Callable[[str, bool, str], None]) -> Path:
    """Return the real program."""
    try:
        return find_comet()
    except InputError as error:
        require("cometbft", False, str(error))
        raise


@pytest.fixture(scope="session")
def make_poll(
    comet: Path, small_polls: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[ExitStack, int], CometPoll]:
    """Return ``make_poll(stack, nodes)``: a network, ready to start, and its poll."""
    now = int(time.time())
    manifest = replace(small_polls.manifest(), opens=now - 3600, closes=now + 86_400)
    base = small_polls.SmallPoll.build(manifest)

    def make(stack: ExitStack, number: int) -> CometPoll:
        network = stack.enter_context(LocalNetwork(tmp_path_factory.mktemp("comet"), number))
        genesis = replace(base.poll.genesis, ledger=network.keys(base.log))
        small = replace(base, poll=Poll(manifest, genesis, base.poll.trustees))
        poll = small.poll
        network.join(poll, small.documents, base.log)
        facts = LedgerFacts.of(poll.genesis)
        ledger = stack.enter_context(OperatorsLedger(facts, network.fronts(facts)))
        return CometPoll(small, network, ledger, facts)

    return make


@pytest.fixture
def four(make_poll: MakePoll) -> Iterator[CometPoll]:
    """Four running nodes."""
    with ExitStack() as stack:
        poll = make_poll(stack, 4)
        poll.network.start()
        yield poll
