"""ゼロ票確認: shown from the ledger alone, and refused when it is not so (R0-05, R2-12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ippyo.audit.zero import confirm_empty_box
from ippyo.canonical import sha256_b64
from ippyo.contract.transactions import Audit
from ippyo.errors import CheckFailedError, InputError
from ippyo.ledger.notes import SigningKey


@pytest.fixture
def records(made: Any, audit_records: SimpleNamespace, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a record of ``made`` with other blocks."""

    def write(blocks: Any, **options: Any) -> Path:
        return Path(audit_records.write_record(tmp_path / "record", made.small, blocks, **options))

    return write


def test_the_box_was_empty(good_record: Path, made: Any) -> None:
    proof = confirm_empty_box(good_record)
    assert (proof.poll, proof.height, proof.position, proof.officers) == (made.small.phi, 2, 5, (1, 2))
    assert proof.before == {"audit": 1, "issued": 4}
    assert (proof.proved.height, proof.proved.size, proof.proved.state) == (2, 6, made.blocks[1][2])
    assert proof.to_value()["empty"] is True


def test_votes_in_the_block_of_the_opening(made: Any, small_polls: ModuleType, records: Any) -> None:
    box = small_polls.Box(made.small)
    box.send(*made.blocks[0][1], at=small_polls.BEFORE)
    txs = [made.small.open(), made.small.voter().cast(bridge=(1, 0))]
    assert box.send(*txs, at=small_polls.DURING) == ["ok", "ok"]
    proof = confirm_empty_box(records([(c.time, tuple(t), s) for c, t, s in box.blocks]))
    assert (proof.height, proof.position) == (2, 5)
    assert (proof.proved.height, proof.proved.size, proof.proved.state) == (1, 5, box.blocks[0][2])


def test_tickets_issued_in_the_block_of_the_opening(made: Any, small_polls: ModuleType, records: Any) -> None:
    box = small_polls.Box(made.small)
    box.send(made.small.open(), *made.small.issued_by_all(4), at=small_polls.DURING)
    proof = confirm_empty_box(records([(c.time, tuple(t), s) for c, t, s in box.blocks]))
    assert (proof.position, proof.before, proof.proved.size) == (0, {}, 5)


def test_not_opened_yet(made: Any, records: Any) -> None:
    with pytest.raises(InputError, match="has not been opened"):
        confirm_empty_box(records(made.blocks[:1]))


@pytest.mark.parametrize("kind", ["cast", "spoil", "surrender"])
def test_a_vote_before_the_opening(made: Any, small_polls: ModuleType, records: Any, kind: str) -> None:
    voter = made.small.voter()
    tx = {
        "cast": lambda: voter.cast(bridge=(1, 0)),
        "spoil": lambda: voter.spoil(sha256_b64("x")),
        "surrender": voter.surrender,
    }[kind]()
    blocks = [made.blocks[0], (small_polls.DURING, (tx, made.small.open()), made.blocks[1][2])]
    with pytest.raises(CheckFailedError, match=f"a {kind} stands before the opening"):
        confirm_empty_box(records(blocks))


@pytest.mark.parametrize("height", [1, 2])
def test_a_state_that_is_not_empty(made: Any, records: Any, height: int) -> None:
    def change(header: Any) -> Any:
        return replace(header, state=sha256_b64("x")) if header.height == height else header

    with pytest.raises(CheckFailedError, match=f"block {height} is not that of an empty box"):
        confirm_empty_box(records(made.blocks, change=change))


def test_a_root_that_is_not_that_of_the_transactions(made: Any, records: Any) -> None:
    with pytest.raises(CheckFailedError, match="root of block 1"):
        confirm_empty_box(records(made.blocks, change=lambda header: replace(header, root=bytes(32))))


def test_a_block_that_does_not_follow(made: Any, records: Any) -> None:
    with pytest.raises(CheckFailedError, match="block 1 does not follow"):
        confirm_empty_box(records(made.blocks, change=lambda header: replace(header, previous=sha256_b64("x"))))


def test_a_block_signed_by_somebody_else(made: Any, records: Any) -> None:
    with pytest.raises(CheckFailedError, match="block 1 is not signed by the log"):
        confirm_empty_box(records(made.blocks, log=SigningKey.generate("somebody")))


def test_a_false_act_before_the_opening(made: Any, small_polls: ModuleType, records: Any) -> None:
    act = made.small.signed(Audit(made.small.phi, "report", bytes(32)), (1,))
    with pytest.raises(CheckFailedError, match="not valid"):
        confirm_empty_box(records([(small_polls.BEFORE, (act,), made.blocks[0][2])]))
