"""Small records, made once a run: whole polls with re-votes, a spoiled ballot and a surrendered right."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from tests import small_record

from ippyo.crypto.merkle import inclusion_proof, root_of
from ippyo.ledger.blocks import Entry
from ippyo.ledger.checkpoint import Checkpoint, SignedCheckpoint
from ippyo.ledger.notes import KeyKind, SigningKey
from ippyo.ledger.receipt import Receipt
from ippyo.poll.choice import BLANK

WITNESSES = tuple(SigningKey.generate(f"witness.example/{n}", KeyKind.COSIGNATURE) for n in (1, 2))

write_record = partial(small_record.write_record, witnesses=WITNESSES)


@dataclass(frozen=True)
class MadePoll:
    """A poll with its secrets, and its blocks: time, transactions and the state after them."""

    small: Any
    blocks: tuple[tuple[int, tuple[str, ...], str], ...]

    @property
    def transactions(self) -> list[str]:
        """All transactions."""
        return [tx for _, txs, _ in self.blocks for tx in txs]


def write_receipt(path: Path, made: MadePoll, index: int, size: int) -> Path:
    """Write the receipt of transaction ``index`` as it was given when the ledger had ``size``."""
    entries = [Entry.of(tx) for tx in made.transactions[:size]]
    leaves = [entry.leaf for entry in entries]
    proof = inclusion_proof(index, size, lambda level, n: root_of(leaves[n << level : (n + 1) << level]))
    log = made.small.log
    signed = SignedCheckpoint.sign(Checkpoint(log.name, size, root_of(leaves)), log)
    text = signed.checkpoint.to_text()
    cosigned = signed.with_signatures([witness.cosign(text, 1_800_000_000) for witness in WITNESSES])
    path.write_text(Receipt(made.small.phi, entries[index], index, tuple(proof), cosigned).to_text())
    return path


def hold_poll(polls: ModuleType, group: str = "Ed25519", *, name: str = "small", until: str = "result") -> MadePoll:
    """Hold a whole poll with twelve ballots: re-votes, a blank vote, a spoiled ballot, a surrendered right."""
    small = polls.SmallPoll.build(polls.manifest(group_name=group, name=name), witnesses=WITNESSES)
    box = polls.Box(small)

    def send(*txs: str, at: int = polls.DURING) -> None:
        codes = box.send(*txs, at=at)
        assert set(codes) == {"ok"}, codes

    send(*small.issued_by_all(4), small.audit("rehearsal"), at=polls.BEFORE - 1)
    send(small.open(), at=polls.BEFORE)
    if until == "open":
        return _made(small, box)
    a, b, c = small.voter(), small.voter(), small.voter()
    d = small.voter("bridge-only")
    spoiled = b.seal("mayor", (0, 0, 1))
    send(a.cast(bridge=(1, 0), mayor=(1, 0, 0)), b.spoil(spoiled.tracker))
    send(b.cast(bridge=BLANK, mayor=(0, 1, 0)), at=polls.DURING + 1)
    send(c.cast(bridge=(0, 1)), d.cast(bridge=(1, 0)), at=polls.DURING + 2)
    send(a.cast(mayor=(0, 1, 0)), c.cast(bridge=(1, 0), mayor=(0, 0, 1)), at=polls.DURING + 3)
    send(d.surrender(), at=polls.DURING + 3)
    send(a.cast(bridge=(1, 0)), at=polls.DURING + 4)
    if until == "voting":
        return _made(small, box)
    send(small.close(), at=polls.AFTER)
    if until == "close":
        return _made(small, box)
    for after, (contest, counts) in enumerate((("bridge", (1, 2, 0)), ("mayor", (0, 2, 1)))):
        send(box.tally(contest), at=polls.AFTER + after)
        send(*(box.decrypt(contest, owner) for owner in (1, 3, 2)), at=polls.AFTER + after)
        send(small.result(contest, *counts), at=polls.AFTER + after)
    return _made(small, box)


def _made(small: Any, box: Any) -> MadePoll:
    return MadePoll(small, tuple((ctx.time, tuple(txs), state) for ctx, txs, state in box.blocks))


@pytest.fixture(scope="session")
def made(small_polls: ModuleType) -> MadePoll:
    """A counted poll of the default group."""
    return hold_poll(small_polls)


@pytest.fixture(scope="session")
def good_record(made: MadePoll, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of ``made``; never altered."""
    return write_record(tmp_path_factory.mktemp("good") / "record", made.small, made.blocks)


@pytest.fixture
def record(good_record: Path, tmp_path: Path) -> Path:
    """A copy of the good record, to be altered."""
    return shutil.copytree(good_record, tmp_path / "record")


@pytest.fixture(scope="session")
def audit_records() -> SimpleNamespace:
    """What makes records, for tests that make their own."""
    return SimpleNamespace(
        WITNESSES=WITNESSES, write_record=write_record, write_receipt=write_receipt, hold_poll=hold_poll
    )
