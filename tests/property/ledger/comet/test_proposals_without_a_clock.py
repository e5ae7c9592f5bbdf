"""Whether nodes vote for a proposal depends on its time, its transactions and the state, never on when they see it.

Were it otherwise, nodes of one chain that see the same proposal at different times could block each other for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ippyo.contract.machine import Contract
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.application import Application, NodeKeys
from ippyo.ledger.database import Database
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.sqlite_store import SqliteStore

HOUR = 3_600_000
OPERATORS = [SigningKey(f"ippyo.node/{name}", KeyKind.COSIGNATURE, bytes([n]) * 32) for n, name in enumerate("abcd", 1)]


class Nodes:
    """Two nodes in one state, each with a clock that the test sets."""

    def __init__(self, small: Any, folder: Path, stack: ExitStack) -> None:
        self.clocks = [0, 0]
        facts = LedgerFacts(small.phi, small.log.verifier, tuple(key.verifier for key in OPERATORS), 3)
        self.nodes: list[Application] = []
        for number in range(2):
            database = stack.enter_context(Database(folder / f"{number}.db"))
            node = Application(
                database,
                facts,
                NodeKeys(small.log, OPERATORS[number]),
                Contract(small.poll, SqliteStore(database)),
                [key.verifier.public for key in OPERATORS],
                clock=lambda number=number: self.clocks[number] / 1000,  # type: ignore[misc]
            )
            opening = [text.encode() for text in (*small.issued_by_all(3), small.open())]
            node.finalize(1, 1000 * small.poll.manifest.opens - HOUR // 2, opening)
            node.commit()
            self.nodes.append(node)


@pytest.fixture(scope="module")
def nodes(small_poll: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with ExitStack() as stack:
        yield Nodes(small_poll, tmp_path_factory.mktemp("nodes"), stack)


@pytest.fixture(scope="module")
def stream(small_poll: Any) -> list[bytes]:
    first, second = small_poll.voter(), small_poll.voter("bridge-only")
    texts = [first.cast(bridge=(1, 0), mayor=(0, 1, 0)), second.cast(bridge=(0, 1)), small_poll.audit(), "garbage"]
    return [*(text.encode() for text in texts), b"\xff"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_two_clocks_one_answer(nodes: Nodes, small_poll: Any, stream: list[bytes], data: st.DataObject) -> None:
    opens, closes = 1000 * small_poll.poll.manifest.opens, 1000 * small_poll.poll.manifest.closes
    around = st.integers(opens - HOUR, closes + HOUR) | st.integers(closes - 2, closes + 2)
    time_ms = data.draw(around, "block time")
    txs = data.draw(st.lists(st.sampled_from(stream), max_size=3), "transactions")
    nodes.clocks[:] = [data.draw(around, "clock"), data.draw(around | st.integers(0, 1 << 45), "other clock")]
    one, other = (node.acceptable(time_ms, txs) for node in nodes.nodes)
    assert one == other


def test_the_close_is_still_the_close(nodes: Nodes, small_poll: Any, stream: list[bytes]) -> None:
    closes = 1000 * small_poll.poll.manifest.closes
    for clock in (0, closes - 1, closes + HOUR):
        nodes.clocks[:] = [clock, clock]
        assert nodes.nodes[0].acceptable(closes - 1, stream[:1])
        assert not nodes.nodes[0].acceptable(closes, stream[:1])
