"""One suite for both engines: what the rest of the program may expect of a ledger, whichever keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest

from ippyo.canonical import sha256_b64, unb64
from ippyo.contract.interface import Store
from ippyo.contract.machine import Contract
from ippyo.crypto.merkle import verify_inclusion
from ippyo.errors import InputError, RefusedError
from ippyo.ledger.checkpoint import LedgerFacts
from ippyo.ledger.comet.application import NodeKeys
from ippyo.ledger.database import Database
from ippyo.ledger.embedded import EmbeddedLedger
from ippyo.ledger.notes import KeyKind, SigningKey

OPERATOR = SigningKey("ippyo.node/one", KeyKind.COSIGNATURE, b"\x01" * 32)
T0 = 1_800_000_000_000


class Engine(Protocol):
    """A ledger that can be stopped and started again."""

    ledger: Any
    facts: LedgerFacts

    def restart(self) -> None: ...


class Embedded:
    def __init__(self, toy: ModuleType, folder: Path) -> None:
        self.facts: LedgerFacts = toy.FACTS
        self._toy, self._folder = toy, folder
        self._open()

    def _open(self) -> None:
        self._database = Database(self._folder / "ledger.db")
        self.ledger = EmbeddedLedger(
            self._database, self.facts, self._toy.LOG_KEY, self._toy.ToyMachine, clock=lambda: T0, block_wait=0.001
        )
        self.ledger.start()

    def close(self) -> None:
        self.ledger.close()
        self._database.close()

    def restart(self) -> None:
        self.close()
        self._open()


class Comet:
    """One node, which alone is a quorum, over the scripted CometBFT."""

    def __init__(self, toy: ModuleType, fake: ModuleType, folder: Path) -> None:
        self.facts: LedgerFacts = replace(toy.FACTS, witnesses=(OPERATOR.verifier,), quorum=1)
        self._toy, self._fake, self._folder = toy, fake, folder
        self._comet = fake.FakeComet(self.facts)
        self._open()

    def _open(self) -> None:
        self._node = self._fake.Node(
            self._folder, self.facts, NodeKeys(self._toy.LOG_KEY, OPERATOR), self._toy.ToyMachine
        )
        self._comet.connect(self._node.path)
        self.ledger = self._fake.ledger_of(self._node, self._comet)

    def close(self) -> None:
        self.ledger.close()
        self._comet.disconnect()
        self._node.stop()

    def restart(self) -> None:
        self.close()
        self._open()


@pytest.fixture(params=["embedded", "comet"])
def engine(request: pytest.FixtureRequest, toy: ModuleType, fake: ModuleType, tmp_path: Path) -> Iterator[Any]:
    made = Embedded(toy, tmp_path) if request.param == "embedded" else Comet(toy, fake, tmp_path)
    yield made
    made.close()


def test_an_empty_ledger(engine: Any, toy: ModuleType) -> None:
    status = engine.ledger.status()
    assert (status.poll, status.height, status.size, status.time) == (toy.POLL, 0, 0, 0)
    assert status.state == sha256_b64("toy genesis")
    assert list(engine.ledger.blocks()) == []
    signed = engine.ledger.checkpoint()
    assert signed.verify(engine.facts).size == 0
    assert engine.ledger.describe()


def test_accepted_transactions_are_numbered_and_found(engine: Any, toy: ModuleType) -> None:
    txs = [toy.note(f"n{number}") for number in range(5)]
    assert [engine.ledger.submit_and_wait(tx).index for tx in txs] == [0, 1, 2, 3, 4]
    assert [engine.ledger.find(sha256_b64(tx)) for tx in txs] == [0, 1, 2, 3, 4]
    assert engine.ledger.find(sha256_b64("nothing")) is None


def test_refusals_by_name(engine: Any) -> None:
    with pytest.raises(RefusedError) as refusal:
        engine.ledger.submit_and_wait("{}")
    assert refusal.value.code == "malformed"
    assert engine.ledger.status().size == 0


def test_blocks_are_a_chain_that_the_log_signed(engine: Any, toy: ModuleType) -> None:
    for number in range(20):
        engine.ledger.submit_and_wait(toy.note(f"n{number}"))
    blocks = list(engine.ledger.blocks())
    assert [block.header.height for block in blocks] == list(range(1, len(blocks) + 1))
    assert [tx for block in blocks for tx in block.transactions] == [toy.note(f"n{number}") for number in range(20)]
    for before, after in pairwise(blocks):
        assert after.header.previous == before.header.hash
        assert after.first == before.header.size
        assert after.header.time >= before.header.time
    assert all(block.signed.verify(engine.facts.log) for block in blocks)
    assert list(engine.ledger.blocks(7)) == blocks[6:]
    status = engine.ledger.status()
    last = blocks[-1].header
    assert (status.height, status.size, status.root, status.state) == (last.height, last.size, last.root, last.state)


def test_receipts_verify_by_what_genesis_says(engine: Any, toy: ModuleType) -> None:
    for number in range(9):
        engine.ledger.submit_and_wait(toy.note(f"n{number}"))
    for index in (0, 4, 8):
        receipt = engine.ledger.receipt(index)
        assert receipt.verify(engine.facts).digest == sha256_b64(toy.note(f"n{index}"))
        checkpoint = receipt.checkpoint.checkpoint
        assert verify_inclusion(receipt.entry.leaf, index, checkpoint.size, receipt.proof, checkpoint.root)


def test_a_restart_loses_nothing(engine: Any, toy: ModuleType) -> None:
    for number in range(4):
        engine.ledger.submit_and_wait(toy.note(f"n{number}"))
    before = (list(engine.ledger.blocks()), engine.ledger.status())
    engine.restart()
    assert (list(engine.ledger.blocks()), engine.ledger.status()) == before
    assert engine.ledger.submit_and_wait(toy.note("after")).index == 4


def test_queries(engine: Any, toy: ModuleType) -> None:
    engine.ledger.submit_and_wait(toy.note("one"))
    assert engine.ledger.query("count") == '{"count":1}'
    with pytest.raises(InputError, match="no such question"):
        engine.ledger.query("nothing")


def test_both_engines_write_the_same_bytes(
    toy: ModuleType, fake: ModuleType, small_polls: ModuleType, small_poll: Any, tmp_path: Path
) -> None:
    """The real contract, the same transactions in the same blocks at the same times: the same headers."""
    poll = small_poll.poll
    facts = LedgerFacts.from_texts(poll.fingerprint, poll.genesis.ledger.log, (OPERATOR.verifier.to_text(),), 1)
    box = small_polls.Box(small_poll).open()
    box.send(small_poll.voter().cast(bridge=(1, 0)), small_poll.voter().cast(mayor=(0, 1, 0)))
    box.close()

    def machine(store: Store) -> Contract:
        return Contract(poll, store)

    clock = [0]
    with Database(tmp_path / "embedded.db") as database:
        embedded = EmbeddedLedger(database, facts, small_poll.log, machine, clock=lambda: clock[0])
        for ctx, txs, _ in box.blocks:
            clock[0] = ctx.time
            embedded.append_block(txs)
        expected = list(embedded.blocks())
    node = fake.Node(tmp_path, facts, NodeKeys(small_poll.log, OPERATOR), machine)
    comet = fake.FakeComet(facts)
    try:
        comet.connect(node.path)
        for ctx, txs, app_hash in box.blocks:
            comet.decide([])
            comet.time = ctx.time
            assert set(comet.decide([b"refused", *(tx.encode() for tx in txs)])[1:]) == {0}
            assert comet.chain[-1].app_hash == unb64(app_hash, what="app hash")
        assert list(fake.ledger_of(node, comet).blocks()) == expected
    finally:
        comet.disconnect()
        node.stop()
